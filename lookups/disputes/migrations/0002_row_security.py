"""Clerks see and move their own carrier's disputes only, with all that hangs on them."""

from typing import ClassVar

from django.db import migrations

from lookups.carriers.row_security import by_column, by_parent, keep_apart


class Migration(migrations.Migration):
    dependencies: ClassVar = [("disputes", "0001_dispute"), ("carriers", "0002_row_security")]
    operations: ClassVar = [
        keep_apart("disputes_dispute", by_column("carrier_id"), console="SELECT, UPDATE"),
        keep_apart("disputes_step", by_parent("dispute_id", "disputes_dispute"), console="SELECT, INSERT"),
        keep_apart("disputes_handover", by_column("carrier_id"), console="SELECT, INSERT"),
        keep_apart(
            "disputes_handovermessage",
            by_parent("handover_id", "disputes_handover"),
            console="SELECT, INSERT, UPDATE",
        ),
        keep_apart("disputes_deliveryattempt", by_parent("message_id", "disputes_handovermessage"), console="SELECT"),
        keep_apart("disputes_inboxevent", by_column("carrier_id"), console="SELECT"),
    ]
