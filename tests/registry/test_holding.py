"""An unlikely snapshot that was delivered is held: nothing changes until a person releases or discards it."""

import datetime

import pytest
from django.utils import timezone
from pytest_django import Settings

from lookups.carriers.models import Carrier
from lookups.identity.models import Account
from lookups.registry import deliveries
from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.models import Feed, FeedState
from tests.registry.conftest import csv_of, row, state, take_in
from tests.registry.delivering import System, moment, read, spooled

pytestmark = pytest.mark.django_db(transaction=True)


def rows(count: int, *, bad: int = 0, **columns: str) -> list[dict[str, str]]:
    good = [row(phone_number=f"+861381234{number:04d}", **columns) for number in range(count)]
    return good[: count - bad] + [each | {"service": "fax"} for each in good[count - bad :]]


CUT = csv_of(*rows(100, plan="postpaid"))[:-40]
UNLIKELY = {
    "ends too many": (csv_of(*rows(79)), "The snapshot would end 21 of 100 records, at most 20 % may.", 21),
    "too many bad lines": (
        csv_of(*rows(100, bad=11)),
        "11 of the snapshot's 100 lines are bad, at most 10 % may be.",
        0,
    ),
    "no line": (
        csv_of(),
        "The file has no line: as a full snapshot it would end every record of the carrier.",
        100,
    ),
    "cut off": (CUT, "The file is cut off: its last line has no line break and cannot be taken.", 1),
}


@pytest.fixture
def system(northern: Carrier) -> System:
    take_in(northern, rows(100), as_of=timezone.now() - datetime.timedelta(days=2))
    return System(northern)


@pytest.fixture
def held(system: System) -> Feed:
    return read(system.delivered(UNLIKELY["ends too many"][0]))


@pytest.mark.parametrize("why", UNLIKELY)
def test_it_waits_and_once_released_it_is_applied(system: System, ning: Account, why: str) -> None:
    content, sentence, ended = UNLIKELY[why]
    before = state()
    feed = read(system.delivered(content))
    assert (feed.state, feed.problem, feed.attempts) == (FeedState.HELD, sentence, 1)
    assert state() == before
    assert [path.name for path in spooled()] == [str(feed.pk)]
    read(feed)
    assert (feed.state, state()) == (FeedState.HELD, before), "no doorbell reads what is held"

    assert deliveries.release(feed, by=ning.pk)
    read(feed)
    assert (feed.state, feed.problem, feed.ended) == (FeedState.APPLIED, "", ended)
    assert (feed.released_by, feed.lines) == (ning.pk, content.count(b"\n") - 1 + (why == "cut off"))
    assert spooled() == []


def test_where_no_line_can_be_taken_a_release_does_not_help(system: System, ning: Account) -> None:
    before = state()
    feed = read(system.delivered(csv_of(*rows(60, bad=60))))
    assert (feed.state, feed.problem) == (
        FeedState.HELD,
        "60 of the snapshot's 60 lines are bad, at most 10 % may be.",
    )
    assert deliveries.release(feed, by=ning.pk)
    read(feed)
    assert (feed.state, feed.problem) == (FeedState.FAILED, "Not one line of the file could be taken.")
    assert (state(), spooled()) == (before, [])


def test_a_delta_is_not_held(system: System) -> None:
    feed = read(system.delivered(csv_of(*rows(60, bad=50)), kind="delta"))
    assert feed.state == FeedState.APPLIED


def test_discarded_it_is_gone(held: Feed, ning: Account) -> None:
    before = state()
    assert deliveries.discard(held, by=ning.pk)
    read(held)
    assert (held.state, held.discarded_by, spooled()) == (FeedState.DISCARDED, ning.pk, [])
    assert state() == before
    assert not deliveries.release(held, by=ning.pk)
    assert not deliveries.discard(held, by=ning.pk)


def test_the_next_feed_passes_it_and_then_it_is_too_old(system: System, held: Feed, ning: Account) -> None:
    assert read(system.delivered(csv_of(*rows(101)), as_of=moment(hours_ago=0.5))).state == FeedState.APPLIED
    before = state()
    with pytest.raises(FeedRefused, match="older than what is there"):
        deliveries.release(held, by=ning.pk)
    held.refresh_from_db()
    assert (held.state, held.released_at) == (FeedState.HELD, None)
    assert state() == before


def test_a_newer_feed_between_the_release_and_the_reading_wins(system: System, held: Feed, ning: Account) -> None:
    assert deliveries.release(held, by=ning.pk)
    take_in(system.carrier, rows(101), as_of=timezone.now() - datetime.timedelta(minutes=1))
    before = state()
    assert read(held).state == FeedState.FAILED
    assert (state(), spooled()) == (before, [])


def test_after_its_days_it_is_discarded_by_itself(held: Feed, settings: Settings) -> None:
    deliveries.tidy()
    held.refresh_from_db()
    assert held.state == FeedState.HELD
    Feed.objects.filter(pk=held.pk).update(
        received_at=timezone.now() - datetime.timedelta(days=settings.FEED_HELD_DAYS, minutes=1)
    )
    deliveries.tidy()
    held.refresh_from_db()
    assert (held.state, held.discarded_by, spooled()) == (FeedState.DISCARDED, None, [])


def test_a_file_that_somebody_changed_where_it_is_kept_fails(system: System) -> None:
    before = state()
    feed = system.delivered(csv_of(*rows(100, plan="postpaid")))
    (path,) = spooled()
    blob = bytearray(path.read_bytes())
    blob[-1] ^= 1
    path.write_bytes(blob)
    assert read(feed).problem == "The file was damaged where it was kept. Deliver it once more."
    assert (feed.state, state(), spooled()) == (FeedState.FAILED, before, [])


def test_a_file_in_the_place_of_another_fails(system: System, western: Carrier) -> None:
    before = state()
    feed, other = system.delivered(csv_of(*rows(99))), System(western).delivered(csv_of(*rows(98)))
    ours, theirs = (next(path for path in spooled() if path.name == str(one.pk)) for one in (feed, other))
    theirs.replace(ours)
    assert read(feed).problem.startswith("The file was damaged")
    assert read(other).problem.startswith("The file is not kept any more.")
    assert state() == before
