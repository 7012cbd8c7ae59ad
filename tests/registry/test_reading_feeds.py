"""Each reader reads each applied feed once, oldest first, however many feeds there were."""

import datetime
import os

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.carriers.row_security import enter_console
from lookups.registry import changes
from lookups.registry.models import Feed, FeedReading, Reader

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def feed(carrier: Carrier, *, minutes: int, state: str = "applied") -> Feed:
    then = NOW - datetime.timedelta(minutes=minutes)
    columns = {"as_of": then, "received_at": then, "applied_at": then, "digest": os.urandom(32), "state": state}
    return Feed.objects.create(carrier=carrier, kind="delta", **columns)


def unread(reader: Reader = Reader.NOTICES) -> list[Feed]:
    return list(changes.unread(reader))


def test_the_oldest_comes_first_and_what_was_not_applied_never(northern: Carrier) -> None:
    feeds = [feed(northern, minutes=minutes) for minutes in (1, 3, 2)]
    feed(northern, minutes=4, state="failed")
    feed(northern, minutes=5, state="reading")
    assert unread() == [feeds[1], feeds[2], feeds[0]]


def test_each_reader_reads_for_itself(northern: Carrier) -> None:
    one = feed(northern, minutes=1)
    changes.mark_read(one, Reader.NOTICES)
    changes.mark_read(one, Reader.NOTICES)
    assert (unread(), unread(Reader.DISPUTES)) == ([], [one])


def test_carriers_do_not_hide_one_another(northern: Carrier, western: Carrier) -> None:
    changes.mark_read(feed(northern, minutes=1), Reader.NOTICES)
    old = feed(western, minutes=100)
    assert unread() == [old]


def test_feeds_of_one_moment_are_told_apart(northern: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a clock has put the later one before the earlier."""
    monkeypatch.setattr(changes, "CHUNK", 2)
    feeds = [feed(northern, minutes=7) for _ in range(5)]
    changes.mark_read(feeds[4], Reader.NOTICES)
    assert set(unread()) == set(feeds[:4])


@pytest.mark.parametrize("behind", [0, 1, 49, 50, 51, 120])
def test_a_reader_that_was_away_finds_all(northern: Carrier, behind: int) -> None:
    feeds = [feed(northern, minutes=200 - number) for number in range(160)]
    for each in feeds[: len(feeds) - behind]:
        changes.mark_read(each, Reader.NOTICES)
    assert unread() == feeds[len(feeds) - behind :]


def test_a_tick_with_nothing_new_costs_two_queries_a_carrier(northern: Carrier, django_assert_num_queries) -> None:
    for minutes in range(60):
        changes.mark_read(feed(northern, minutes=minutes), Reader.NOTICES)
    with django_assert_num_queries(3):
        assert unread() == []


@pytest.mark.parametrize("table", ["registry_feedreading", "registry_told"])
def test_the_console_reaches_neither(northern: Carrier, table: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        enter_console(northern.pk, every_carrier=True)
        connection.cursor().execute(f"SELECT count(*) FROM {table}")
    assert FeedReading.objects.count() == 0
