"""Looking up: one query, however many documents and carriers; silent carriers are absent, not guessed."""

import datetime

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lookups.carriers.models import Carrier
from lookups.jurisdictions import schemes
from lookups.registry import services
from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.models import Feed, FeedKind, FeedState
from tests.cast import MEIS_ID, WEIS_ID
from tests.registry.conftest import mei, row, take_in

pytestmark = pytest.mark.django_db


def test_several_documents_are_one_query(
    northern: Carrier, western: Carrier, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    take_in(northern, [row(), mei()])
    take_in(western, [row(id_scheme="PASSPORT-CN", id_number="E31000001"), row()])
    documents = [schemes.subject_of("CN-RIC", WEIS_ID), schemes.subject_of("PASSPORT-CN", "E31000001")]
    with django_assert_num_queries(1):
        assert len(services.registrations_of(documents)) == 3
    assert len(services.registrations_of([schemes.subject_of("CN-RIC", MEIS_ID)])) == 1
    assert not services.registrations_of([]).exists()


def test_ended_lines_are_told_apart(northern: Carrier) -> None:
    take_in(northern, [row(), row(phone_number="+8613812344472", status="ended", ended_on="2026-11-02")])
    held = services.registrations_of([schemes.subject_of("CN-RIC", WEIS_ID)])
    assert (held.count(), held.running().count()) == (2, 1)


def test_the_newest_applied_feed_of_each_carrier(
    northern: Carrier, western: Carrier, eastern: Carrier, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    yesterday = timezone.now() - datetime.timedelta(days=1)
    take_in(northern, [row()], as_of=yesterday)
    newest = take_in(northern, [row(plan="postpaid")], "delta").feed
    take_in(western, [mei()], as_of=yesterday)
    with pytest.raises(FeedRefused):
        take_in(western, b"")
    with django_assert_num_queries(1):
        feeds = services.latest_feeds()
    assert {carrier: feed.as_of for carrier, feed in feeds.items()} == {
        northern.pk: newest.as_of,
        western.pk: yesterday,
    }


def test_a_hundred_feeds_a_day_leave_one_as_of(
    northern: Carrier, western: Carrier, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """A month of them, and one that failed meanwhile."""
    now = timezone.now()
    Feed.objects.bulk_create(
        Feed(
            carrier=northern, kind=FeedKind.DELTA, state=FeedState.APPLIED, digest=number.to_bytes(32), lines=1,
            as_of=now - datetime.timedelta(minutes=15 * number), received_at=now, applied_at=now,
        )
        for number in range(3000)
    )  # fmt: skip
    Feed.objects.create(
        carrier=northern, kind=FeedKind.DELTA, state=FeedState.FAILED, digest=b"", as_of=now, received_at=now
    )
    with django_assert_num_queries(1):
        as_of = services.carriers_as_of()
    assert as_of == {northern: now, western: None}
