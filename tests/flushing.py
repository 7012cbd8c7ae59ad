"""Between tests that commit: delete what they wrote, and nothing else.

Django's own flush truncates every table of the schema and makes all content types and permissions anew, for each test.
Here a query says which tables hold rows, and those are emptied, referring tables before those they refer to.
"""

import functools

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from lookups.audit.models import AccessRecord

_APPEND_ONLY = {AccessRecord._meta.db_table}
_MADE_BY_MIGRATE = {ContentType._meta.db_table, Permission._meta.db_table}


def flush() -> None:
    """Empty every table that holds rows, as the owner of the tables."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(_which_hold_rows())
        filled = {name for (name,) in cursor.fetchall()}
        if filled:
            cursor.execute("; ".join(_emptying(table) for table in _tables() if table in filled))


def _emptying(table: str) -> str:
    return f'TRUNCATE "{table}"' if table in _APPEND_ONLY else f'DELETE FROM "{table}"'


@functools.cache
def _which_hold_rows() -> str:
    return " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in _tables())


@functools.cache
def _tables() -> list[str]:
    """All tables of the models, each before those it refers to."""
    refers: dict[str, set[str]] = {}
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy or model._meta.db_table in _MADE_BY_MIGRATE:
            continue
        refers[model._meta.db_table] = {
            field.related_model._meta.db_table
            for field in model._meta.concrete_fields
            if field.is_relation and field.db_constraint
        } - {model._meta.db_table}
    ordered: list[str] = []
    while refers:
        free = [table for table in refers if not any(table in others for others in refers.values())]
        if not free:
            raise AssertionError(f"tables that refer to one another in a circle: {sorted(refers)}")
        ordered += free
        for table in free:
            del refers[table]
    return ordered
