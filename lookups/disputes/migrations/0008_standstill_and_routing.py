"""How long a clock may stand still, which carrier a misrouted dispute goes to, and what an answer rested on."""

import django.db.models.deletion
from django.db import migrations, models

import lookups.vault.fields


class Migration(migrations.Migration):
    dependencies = [
        ("carriers", "0003_delivery_token"),
        ("disputes", "0007_evidence_row_security"),
    ]

    operations = [
        migrations.AddField(model_name="dispute", name="stopped_until", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="dispute", name="stood_still", field=models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
        migrations.AddField(
            model_name="dispute",
            name="named_carrier",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="carriers.carrier"
            ),
        ),
        migrations.AddField(model_name="step", name="rests_on", field=lookups.vault.fields.SealedJSONField(null=True)),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("stopped_until__isnull", False)), fields=["stopped_until"], name="dispute_stopped"
            ),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("named_carrier__isnull", False)), fields=["named_carrier"], name="dispute_misrouted"
            ),
        ),
        # What is being asked today may stay open as long again as the rules of today say (Standstill: two weeks).
        migrations.RunSQL(
            "UPDATE disputes_dispute SET stopped_until = now() + interval '14 days' WHERE stopped_at IS NOT NULL",
            migrations.RunSQL.noop,
        ),
    ]
