"""What a large feed brought is found also while PostgreSQL still takes its tables for empty."""

import pytest
from django.db import connection, connections
from django.db.models import QuerySet

from lookups.carriers.models import Carrier
from lookups.identity.models import Account
from lookups.registry import announcing, changes
from lookups.registry.models import Feed, Registration, RegistrationChange
from tests.registry.conftest import mei, row, take_in

pytestmark = pytest.mark.django_db

LINES = 3 * changes.LARGE
ANALYZED = (Registration, RegistrationChange, Feed)


def steps_of(plan: dict[str, object]) -> set[object]:
    """The kinds of all steps of a plan."""
    below = plan.get("Plans", [])
    assert isinstance(below, list)
    return {plan["Node Type"]}.union(*map(steps_of, below))


def how_moves_are_found(feed: Feed) -> set[object]:
    left = changes.left_subjects(feed)
    assert isinstance(left, QuerySet)
    sql, params = left.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        ((found,),) = cursor.fetchall()
    return steps_of(found[0]["Plan"])


def test_no_row_is_compared_with_every_other(wei: Account, northern: Carrier) -> None:
    take_in(northern, [row(), mei()])
    with connections["owner"].cursor() as cursor:
        for model in ANALYZED:  # Beside the transaction of this test: there is nothing in them yet.
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    take_in(northern, [row(phone_number=f"+86138{number:08d}") for number in range(LINES)], "delta")
    feed = Feed.objects.latest("as_of")
    assert "Nested Loop" in how_moves_are_found(feed), "else nothing is shown here"
    with changes.joined_as_large(feed):
        assert "Nested Loop" not in how_moves_are_found(feed)
    assert "Nested Loop" in how_moves_are_found(feed), "and only within"
    assert announcing.announce(seconds=60) == 1


def test_a_small_feed_is_looked_up_by_its_rows(northern: Carrier) -> None:
    take_in(northern, [row(), mei()])
    take_in(northern, [row(phone_number="+8613812340002")], "delta")
    with changes.joined_as_large(Feed.objects.latest("as_of")), connection.cursor() as cursor:
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == ("on",)
