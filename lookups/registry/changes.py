"""The change rows of feeds as a log. Whoever draws consequences from them (a ``Reader``) reads each feed once.

A carrier's feeds are applied one after another, with an "as of" that never goes back; so what a reader has not read yet
is never older than the last that it has read, and the search for it stays short however many feeds there were.
"""

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.registry.models import (
    ChangeKind,
    Feed,
    FeedReading,
    FeedState,
    Reader,
    Registration,
    RegistrationChange,
    Status,
)

THERE = (ChangeKind.STARTED, ChangeKind.RETURNED)
GONE = (ChangeKind.ENDED, ChangeKind.MISSING)
CHUNK = 50
LARGE = 500  # changes


def unread(reader: Reader) -> Iterator[Feed]:
    """The applied feeds that this reader has not read, each carrier's oldest first."""
    for carrier_id in Carrier.objects.values_list("pk", flat=True):
        yield from _unread_of(carrier_id, reader)


def _unread_of(carrier_id: uuid.UUID, reader: Reader) -> Iterator[Feed]:
    """Walks back from the newest until it meets what was read, and over all feeds of that very moment."""
    applied = Feed.objects.filter(carrier=carrier_id, state=FeedState.APPLIED).select_related("carrier")
    newest_first = applied.order_by("-as_of", "-applied_at")
    found: list[Feed] = []
    for start in itertools.count(step=CHUNK):
        feeds = list(newest_first[start : start + CHUNK])
        were_read = FeedReading.objects.filter(reader=reader, feed__in=feeds)
        known = set(were_read.values_list("feed_id", flat=True))
        found += [feed for feed in feeds if feed.pk not in known]
        newest_read = next((feed.as_of for feed in feeds if feed.pk in known), None)
        if len(feeds) < CHUNK or (newest_read and feeds[-1].as_of < newest_read):
            break
    return reversed(found)


def mark_read(feed: Feed, reader: Reader) -> None:
    """This reader is done with this feed. Saying it twice changes nothing."""
    reading = FeedReading(feed=feed, reader=reader, read_at=timezone.now())
    FeedReading.objects.bulk_create([reading], ignore_conflicts=True)


@contextmanager
def joined_as_large(feed: Feed) -> Iterator[None]:
    """Within it, PostgreSQL does not take the changes of a large feed for few.

    Its statistics may be older than the feed, of a table that was empty a minute ago. On their word it would compare
    each row of one side with each of the other, and not be done within hours; joined by hashes, it takes what it takes.
    """
    if feed.started + feed.changed + feed.ended <= LARGE:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


def appeared(feed: Feed) -> QuerySet[RegistrationChange]:
    """What this feed brought under a person, new or again; without lines that had ended when it first named them."""
    ended_already = Registration.objects.filter(
        pk=OuterRef("registration_id"), status=Status.ENDED, feed_id=OuterRef("feed_id")
    )
    return RegistrationChange.objects.filter(~Exists(ended_already), feed=feed, kind__in=THERE)


def moved_away(feed: Feed) -> QuerySet[Registration]:
    """The registrations that this feed ended under one subject while it brought the same number under another."""
    there = Registration.objects.filter(pk__in=appeared(feed).values("registration_id"))
    gone = RegistrationChange.objects.filter(feed=feed, kind__in=GONE).values("registration_id")
    return Registration.objects.filter(pk__in=gone, number_index__in=there.values("number_index"))
