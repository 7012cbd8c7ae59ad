"""A system check: demo mode and the accounts of real people never meet."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

from lookups.identity.models import Account


@register(Tags.database)
def no_real_people_in_the_demo(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Asked before migrations and by ``check --database``; a database without tables is an empty one."""
    if not settings.PORTAL_DEMO:
        return []
    for alias in databases or ():
        try:
            if Account._meta.db_table not in connections[alias].introspection.table_names():
                continue
            real = Account.objects.using(alias).filter(sample=False).exists()
        except DatabaseError:
            continue
        if real:
            return [
                Error(
                    "PORTAL_DEMO is on, and this database holds accounts of real people.",
                    hint="Unset PORTAL_DEMO, or give the demo a database of its own (DATABASE_URL).",
                    id="demo.E001",
                )
            ]
    return []
