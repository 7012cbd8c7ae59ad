"""A GET writes nothing but access records, session activity and throttle counters, whoever reads (promise 7)."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lookups.audit.models import AccessRecord
from lookups.identity.models import Throttle
from tests.whole.addresses import every_address
from tests.whole.conftest import World

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

WRITTEN = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM|COPY|TRUNCATE|MERGE INTO)\s+"?(\w+)', re.IGNORECASE)
MAY_BE_WRITTEN = {AccessRecord._meta.db_table, Throttle._meta.db_table, "django_session"}


@pytest.mark.parametrize("who", ["", "wei", "eli", "olga", "pat"])
def test_no_address_writes_anything_else(world: World, who: str) -> None:
    client = world.signed_in(who)
    written = {}
    for one in every_address(world.values):
        with CaptureQueriesContext(connection) as queries:
            client.get(one.path)
        tables = {match[1] for query in queries if (match := WRITTEN.match(query["sql"]))}
        written[one.name] = tables - MAY_BE_WRITTEN
    assert {name: tables for name, tables in written.items() if tables} == {}


def test_rows_are_as_many_as_before(world: World) -> None:
    """The same without trusting that a writing statement can be told by its first word."""
    client = world.signed_in("wei")
    before = rows()
    for one in every_address(world.values):
        client.get(one.path)
    after = rows()
    assert {table for table in before if before[table] != after[table]} <= MAY_BE_WRITTEN
    assert after[AccessRecord._meta.db_table] > before[AccessRecord._meta.db_table]


def rows() -> dict[str, int]:
    """How many rows each table holds."""
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts
