import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_account"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignedInSession",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account", models.UUIDField(db_index=True)),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("label", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.AddField(
            model_name="account",
            name="sessions_epoch",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                ("name", models.CharField(help_text="The human-readable name of this device.", max_length=64)),
                ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                (
                    "created_at",
                    models.DateTimeField(
                        auto_now_add=True,
                        help_text="The date and time when this device was initially created in the system.",
                        null=True,
                    ),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(
                        blank=True, help_text="The most recent date and time this device was used.", null=True
                    ),
                ),
                (
                    "credential_type",
                    models.CharField(
                        choices=[("public-key", "Public Key")],
                        default="public-key",
                        editable=False,
                        max_length=32,
                        verbose_name="credential type",
                    ),
                ),
                ("credential_id", models.BinaryField(max_length=1023, verbose_name="credential id data")),
                ("public_key", models.BinaryField(max_length=1023, verbose_name="COSE public key data")),
                ("transports", models.JSONField(default=list, editable=False, verbose_name="transports")),
                ("sign_count", models.PositiveIntegerField(default=0, editable=False, verbose_name="sign count")),
                ("backup_eligible", models.BooleanField(default=False, editable=False, verbose_name="backup eligible")),
                ("backup_state", models.BooleanField(default=False, editable=False, verbose_name="backup state")),
                ("aaguid", models.CharField(editable=False, max_length=36, verbose_name="AAGUID")),
                (
                    "credential_id_sha256",
                    models.CharField(editable=False, max_length=64, unique=True, verbose_name="hashed credential id"),
                ),
                (
                    "discoverable",
                    models.BooleanField(default=None, editable=False, null=True, verbose_name="discoverable"),
                ),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("user_handle", models.BinaryField(max_length=64)),
                (
                    "user",
                    models.ForeignKey(
                        help_text="The user that this device belongs to.",
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "passkey",
            },
        ),
    ]
