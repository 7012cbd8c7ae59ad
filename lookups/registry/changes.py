"""The change rows of feeds as a log. Whoever draws consequences from them (a ``Reader``) reads each feed once.

A carrier's feeds are applied one after another, with an "as of" that never goes back; so what a reader has not read yet
is never older than the last that it has read, and the search for it stays short however many feeds there were.
"""

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
LARGE = 1000  # changes
# Of few changes, the values themselves; of many, the question that finds them: to be asked within ``joined_as_large``.
Values = list[uuid.UUID] | QuerySet[Any, Any]


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


def new_subjects(feed: Feed) -> Values:
    """Under whom this feed brought a line, new or again; without lines that had ended when it first named them."""
    return _appeared(feed).values("subject") if _is_large(feed) else [subject for _id, subject in _new(feed)]


def new_registrations(feed: Feed) -> Values:
    """Those lines."""
    return _appeared(feed).values("registration_id") if _is_large(feed) else [pk for pk, _subject in _new(feed)]


def left_subjects(feed: Feed) -> Values:
    """From under whom this feed took a number that it brought under another."""
    there = Registration.objects.filter(pk__in=new_registrations(feed)).values_list("number_index", flat=True)
    gone = RegistrationChange.objects.filter(feed=feed, kind__in=GONE).values_list("registration_id", flat=True)
    if _is_large(feed):
        return Registration.objects.filter(pk__in=gone, number_index__in=there).values("subject")
    moved = Registration.objects.filter(pk__in=list(gone), number_index__in=list(there))
    return list(moved.values_list("subject", flat=True))


def _is_large(feed: Feed) -> bool:
    return feed.started + feed.changed + feed.ended > LARGE


def _new(feed: Feed) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Registration and subject of each, by keys alone: whatever PostgreSQL believes of its tables, that is quick."""
    brought = RegistrationChange.objects.filter(feed=feed, kind__in=THERE).values_list("registration_id", "subject")
    new = list(brought)
    ended = Registration.objects.filter(pk__in=[pk for pk, _subject in new], status=Status.ENDED, feed=feed)
    ended_already = set(ended.values_list("pk", flat=True))
    return [(pk, subject) for pk, subject in new if pk not in ended_already]


def _appeared(feed: Feed) -> QuerySet[RegistrationChange]:
    ended_already = Registration.objects.filter(
        pk=OuterRef("registration_id"), status=Status.ENDED, feed_id=OuterRef("feed_id")
    )
    return RegistrationChange.objects.filter(~Exists(ended_already), feed=feed, kind__in=THERE)


@contextmanager
def joined_as_large(feed: Feed) -> Iterator[None]:
    """Within it, PostgreSQL does not take the changes of a large feed for few.

    Its statistics may be older than the feed, of a table that was empty a minute ago. On their word it would compare
    each row of one side with each of the other, and not be done within hours; joined by hashes, it takes what it takes.
    """
    if not _is_large(feed):
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")
