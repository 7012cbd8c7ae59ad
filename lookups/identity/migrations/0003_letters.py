import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import lookups.vault.fields


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0002_passkeys"),
    ]

    operations = [
        migrations.CreateModel(
            name="LetterRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("subject", models.UUIDField(unique=True)),
                ("scheme", models.CharField(max_length=24)),
                ("number", lookups.vault.fields.SealedTextField()),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.AlterModelOptions(
            name="activationcode",
            options={
                "verbose_name": "code handed over at the counter",
                "verbose_name_plural": "codes handed over at the counter",
            },
        ),
        migrations.AddField(
            model_name="account",
            name="frozen_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="second_email",
            field=lookups.vault.fields.SealedTextField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="activationcode",
            name="way",
            field=models.CharField(
                choices=[("letter", "letter"), ("counter", "counter")], default="letter", max_length=8
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="recovers",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="role",
            field=models.CharField(
                choices=[
                    ("citizen", "citizen"),
                    ("carrier", "carrier staff"),
                    ("officer", "regulator's officer"),
                    ("operator", "portal operator"),
                    ("authority", "clerk of the authority"),
                ],
                default="citizen",
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="MailedLink",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("freeze", "this was not me"),
                            ("email", "confirm the first address"),
                            ("second_email", "confirm the second address"),
                        ],
                        max_length=16,
                    ),
                ),
                ("token_hash", models.BinaryField(unique=True)),
                ("address", lookups.vault.fields.SealedTextField(null=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mailed_links",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Recovery",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("takes_effect_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
                ("password", models.CharField(blank=True, max_length=128)),
                ("seed", lookups.vault.fields.SealedTextField(null=True)),
                ("last_step", models.BigIntegerField(default=-1)),
                ("passkey", lookups.vault.fields.SealedTextField(null=True)),
                ("code_hashes", models.JSONField(default=list)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recoveries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("account",),
                        name="identity_one_pending_recovery",
                    )
                ],
            },
        ),
        # The counter works in the console's role: it makes codes and voids earlier ones. Nobody else in the console does,
        # a carrier's staff least of all (carriers/row_security.py sets ``portal.counter``).
        migrations.RunSQL(
            """
            ALTER TABLE identity_activationcode ENABLE ROW LEVEL SECURITY;
            CREATE POLICY portal_sees_all ON identity_activationcode TO portal USING (true) WITH CHECK (true);
            CREATE POLICY counter_alone ON identity_activationcode TO console
                USING (current_setting('portal.counter', true) = 'on')
                WITH CHECK (current_setting('portal.counter', true) = 'on');
            GRANT SELECT, INSERT, UPDATE ON identity_activationcode TO console;
            """,
            """
            REVOKE ALL ON identity_activationcode FROM console;
            DROP POLICY counter_alone ON identity_activationcode;
            DROP POLICY portal_sees_all ON identity_activationcode;
            ALTER TABLE identity_activationcode DISABLE ROW LEVEL SECURITY;
            """,
        ),
    ]
