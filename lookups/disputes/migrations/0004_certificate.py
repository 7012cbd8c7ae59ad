"""Certificates: for citizens' pages alone; nobody in the console reads them, and none is ever changed."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import lookups.vault.fields


class Migration(migrations.Migration):
    dependencies = [
        ("disputes", "0003_reopened"),
    ]

    operations = [
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("issued_at", models.DateTimeField()),
                ("code_hash", models.BinaryField(unique=True)),
                ("statement", lookups.vault.fields.SealedTextField()),
                ("key", models.PositiveIntegerField()),
                ("signature", models.BinaryField()),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="certificates",
                        to="disputes.dispute",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["dispute", "-issued_at"], name="certificate_by_dispute")],
            },
        ),
        migrations.RunSQL(
            """
            ALTER TABLE disputes_certificate ENABLE ROW LEVEL SECURITY;
            CREATE POLICY portal_sees_all ON disputes_certificate TO portal USING (true) WITH CHECK (true);
            REVOKE UPDATE ON disputes_certificate FROM portal;
            """,
            """
            GRANT UPDATE ON disputes_certificate TO portal;
            DROP POLICY portal_sees_all ON disputes_certificate;
            ALTER TABLE disputes_certificate DISABLE ROW LEVEL SECURITY;
            """,
        ),
    ]
