import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0003_letters"),
    ]

    operations = [
        migrations.AlterField(
            model_name="activationcode",
            name="way",
            field=models.CharField(
                choices=[("letter", "letter"), ("counter", "counter"), ("eid", "national eID")],
                default="letter",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="EidProof",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("person", models.UUIDField()),
                ("issuer", models.CharField(max_length=255)),
                ("proved_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "code",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="eid_proof",
                        to="identity.activationcode",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EidIdentity",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("person", models.UUIDField(unique=True)),
                ("issuer", models.CharField(max_length=255)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="eid_identities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KnownDevice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account", models.UUIDField()),
                ("digest", models.BinaryField(unique=True)),
                ("last_used_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["account"], name="known_device_account")]},
        ),
    ]
