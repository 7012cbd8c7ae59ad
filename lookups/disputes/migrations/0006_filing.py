"""Answers to the questions of a reason, files that show it, and the state of asking one's family first."""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import lookups.vault.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("carriers", "0003_delivery_token"),
        ("disputes", "0005_clock"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField()),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account", models.UUIDField()),
                ("kind", models.CharField(choices=[("pdf", "PDF document"), ("jpeg", "Picture")], max_length=8)),
                ("name", lookups.vault.fields.SealedTextField()),
                ("size", models.PositiveIntegerField()),
                ("added_at", models.DateTimeField()),
                ("content", lookups.vault.fields.SealedBytesField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="dispute",
            name="dispute_one_open_per_registration",
        ),
        migrations.AddField(
            model_name="dispute",
            name="particulars",
            field=lookups.vault.fields.SealedJSONField(null=True),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="state",
            field=models.CharField(
                choices=[
                    ("family", "the citizen asks their family first"),
                    ("waiting", "can still be taken back"),
                    ("handed_over", "handed to the carrier"),
                    ("acknowledged", "received by the carrier"),
                    ("in_review", "being looked into"),
                    ("needs_information", "the carrier has a question"),
                    ("person_needed", "needs a person at the portal"),
                    ("escalated", "with the regulator"),
                    ("decided", "answered"),
                    ("withdrawn", "withdrawn"),
                    ("reopened", "open again: the record is still there"),
                    ("cancelled", "taken back"),
                    ("closed", "closed"),
                ],
                default="waiting",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="step",
            name="after",
            field=models.CharField(
                choices=[
                    ("family", "the citizen asks their family first"),
                    ("waiting", "can still be taken back"),
                    ("handed_over", "handed to the carrier"),
                    ("acknowledged", "received by the carrier"),
                    ("in_review", "being looked into"),
                    ("needs_information", "the carrier has a question"),
                    ("person_needed", "needs a person at the portal"),
                    ("escalated", "with the regulator"),
                    ("decided", "answered"),
                    ("withdrawn", "withdrawn"),
                    ("reopened", "open again: the record is still there"),
                    ("cancelled", "taken back"),
                    ("closed", "closed"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="step",
            name="before",
            field=models.CharField(
                blank=True,
                choices=[
                    ("family", "the citizen asks their family first"),
                    ("waiting", "can still be taken back"),
                    ("handed_over", "handed to the carrier"),
                    ("acknowledged", "received by the carrier"),
                    ("in_review", "being looked into"),
                    ("needs_information", "the carrier has a question"),
                    ("person_needed", "needs a person at the portal"),
                    ("escalated", "with the regulator"),
                    ("decided", "answered"),
                    ("withdrawn", "withdrawn"),
                    ("reopened", "open again: the record is still there"),
                    ("cancelled", "taken back"),
                    ("closed", "closed"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "acknowledged",
                            "decided",
                            "escalated",
                            "family",
                            "handed_over",
                            "in_review",
                            "needs_information",
                            "person_needed",
                            "reopened",
                            "waiting",
                        ],
                    )
                ),
                fields=("registration_id",),
                name="dispute_one_open_per_registration",
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="dispute",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="attachments", to="disputes.dispute"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="draft",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="evidence", to="disputes.draft"
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="evidence",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="attachments", to="disputes.evidence"
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(
                condition=models.Q(("draft", None), _negated=True), fields=["account"], name="evidence_unsent"
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(fields=("dispute", "evidence"), name="attachment_once"),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(fields=("dispute", "position"), name="attachment_one_per_position"),
        ),
    ]
