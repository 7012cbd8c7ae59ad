"""Clerks reach their own carrier's channel and staff only."""

from typing import ClassVar

from django.db import migrations

from lookups.carriers.row_security import by_column, grant, keep_apart


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("carriers", "0001_carrier"),
        ("identity", "0001_account"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
        ("notices", "0001_notice"),
    ]
    operations: ClassVar = [
        grant("carriers_carrier", "SELECT, INSERT, UPDATE"),
        keep_apart("carriers_channel", by_column("carrier_id"), console="SELECT, INSERT, UPDATE"),
        keep_apart("carriers_membership", by_column("carrier_id"), console="SELECT, INSERT, UPDATE, DELETE"),
        grant("identity_account", "SELECT"),
        grant("django_session", "SELECT"),
        grant("django_content_type", "SELECT"),
        grant("django_admin_log", "SELECT, INSERT"),
        grant("notices_notice", "INSERT"),
        grant("notices_mailserver", "SELECT, INSERT"),
    ]
