from django.db import migrations

import lookups.vault.fields


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0001_notice"),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="secrets",
            field=lookups.vault.fields.SealedJSONField(null=True),
        ),
    ]
