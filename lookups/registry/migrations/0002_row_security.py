"""Clerks see their own carrier's registrations and feeds only."""

from typing import ClassVar

from django.db import migrations

from lookups.carriers.row_security import by_column, by_parent, keep_apart


class Migration(migrations.Migration):
    dependencies: ClassVar = [("registry", "0001_feed_and_registration"), ("carriers", "0002_row_security")]
    operations: ClassVar = [
        keep_apart("registry_feed", by_column("carrier_id"), console="SELECT"),
        keep_apart("registry_registration", by_column("carrier_id"), console="SELECT"),
        keep_apart("registry_registrationchange", by_parent("feed_id", "registry_feed"), console="SELECT"),
    ]
