"""When a dispute's clock was stopped, and when its carrier is reminded next."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("disputes", "0004_certificate"),
    ]

    operations = [
        migrations.AddField(model_name="dispute", name="stopped_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="dispute", name="remind_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("remind_at__isnull", False)), fields=["remind_at"], name="dispute_to_remind"
            ),
        ),
        # The clock of what is being asked today begins to stand still with this migration.
        migrations.RunSQL(
            "UPDATE disputes_dispute SET stopped_at = now() WHERE state = 'needs_information'", migrations.RunSQL.noop
        ),
    ]
