"""Opening a file that a citizen added is written down too."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("audit", "0004_certificates"),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="accessrecord",
            name="action",
            field=models.CharField(
                choices=[
                    ("looked_up", "Looked up the numbers under your ID"),
                    ("revealed", "Saw a number in full"),
                    ("confirmed", "Confirmed a number"),
                    ("unconfirmed", "Took back a confirmation"),
                    ("filed", "Filed a dispute"),
                    ("viewed_dispute", "Opened a dispute"),
                    ("opened_evidence", "Opened a file that you added"),
                    ("listed_disputes", "Saw it in a list of disputes"),
                    ("answered", "Answered a dispute"),
                    ("handed_over", "Was sent a dispute"),
                    ("issued_code", "Handed over an activation code at a counter"),
                    ("certified", "Made a certificate of a dispute"),
                    ("compared", "Compared it with an ID or a number that they typed"),
                ],
                max_length=32,
            ),
        ),
    ]
