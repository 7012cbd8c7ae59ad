"""Clerks open the files of their own carrier's disputes only. A file that is in no dispute is nobody's but its owner's."""

from typing import ClassVar

from django.db import migrations

from lookups.carriers.row_security import by_parent, keep_apart

# What is attached to a dispute that they see: its own policy decides.
SEEN = "EXISTS (SELECT 1 FROM disputes_attachment attached WHERE attached.evidence_id = disputes_evidence.id)"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("disputes", "0006_filing"), ("carriers", "0002_row_security")]
    operations: ClassVar = [
        keep_apart("disputes_attachment", by_parent("dispute_id", "disputes_dispute"), console="SELECT"),
        keep_apart("disputes_evidence", SEEN, console="SELECT"),
    ]
