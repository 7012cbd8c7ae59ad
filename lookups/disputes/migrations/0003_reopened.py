"""A dispute opens again where what was removed is still there, or there again. Answers given before are watched too."""

from typing import ClassVar

from django.db import migrations, models

# Four days: two working days and a weekend.
WATCH = """
UPDATE disputes_dispute SET gone_by = decided_at + interval '4 days'
WHERE state IN ('decided', 'closed') AND outcome IN ('REMOVED', 'REMOVED_FRAUD', 'TRANSFERRED')
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("carriers", "0002_row_security"), ("disputes", "0002_row_security")]
    operations: ClassVar = [
        migrations.RemoveConstraint(
            model_name="dispute",
            name="dispute_one_open_per_registration",
        ),
        migrations.RemoveIndex(
            model_name="dispute",
            name="dispute_queue",
        ),
        migrations.AddField(
            model_name="dispute",
            name="gone_as_of",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="dispute",
            name="gone_by",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="dispute",
            name="reopened_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="state",
            field=models.CharField(
                choices=[
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
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        ["acknowledged", "handed_over", "in_review", "needs_information", "person_needed", "reopened"],
                    )
                ),
                fields=["carrier", "answer_by"],
                name="dispute_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("gone_as_of", None), ("gone_by__isnull", False)),
                fields=["registered_with", "gone_by"],
                name="dispute_to_prove",
            ),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("gone_as_of__isnull", False)),
                fields=["registration_id"],
                name="dispute_proved_gone",
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
        migrations.RunSQL(WATCH, migrations.RunSQL.noop),
    ]
