"""What becomes of a file that a carrier delivers: received, read, applied, or held until a person decides.

The forces:

- Receiving is quick and reading may take minutes, so they are apart: a received feed is a row, and its file waits in
  the ``spool``. A task reads it; a sweep finds whatever no task took.
- A worker may be killed at any moment. A feed that stands at "reading" while nobody holds its carrier's lock is read
  again from its beginning; since an import is one transaction, it ends right. Only so many times: then it has failed.
- A carrier's feeds are applied in the order of their arrival, one at a time; a held one lets the next ones pass.
- An unlikely snapshot may be a mistake that would end thousands of lines, or simply true. So it waits for a person.
  Once released it is read like any other, but its shares are no longer judged; a newer feed still comes first.
"""

import dataclasses
import datetime
import uuid

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lookups.carriers.models import Carrier
from lookups.outbox import doorbell
from lookups.registry import importing, spool
from lookups.registry.feeds.problems import Busy, FeedRefused, Interrupted, Unlikely
from lookups.registry.models import WITH_FILE, CameBy, Feed, FeedState

log = structlog.get_logger(__name__)

TAKE_IN = "registry.take_in"


@dataclasses.dataclass(frozen=True)
class Delivery:
    """What is said about a file beside the file itself."""

    carrier: Carrier
    kind: str
    as_of: datetime.datetime
    came_by: CameBy
    uploaded_by: uuid.UUID | None = None


@dataclasses.dataclass(frozen=True)
class Received:
    """The feed that a file became, or (``again``) that an earlier delivery of the very same file had become."""

    feed: Feed
    again: bool = False


def accept(incoming: spool.Incoming, delivery: Delivery) -> Received:
    """All of the file has come: from here on it is ours to read. Raises NoRoom."""
    known = _known(delivery, incoming.digest)
    if known is not None:
        return Received(known, again=True)
    incoming.finish()
    feed = _create(incoming, delivery, state=FeedState.RECEIVED, digest=incoming.digest)
    incoming.keep()
    doorbell.ring_after_commit(TAKE_IN, feed.pk)
    return Received(feed)


def refuse(incoming: spool.Incoming, delivery: Delivery, problem: FeedRefused) -> Feed:
    """The file did not come whole, or is too long to be kept: all that stays is a row that says so."""
    incoming.drop()
    return _create(incoming, delivery, state=FeedState.FAILED, digest=b"", problem=str(problem)[:200])


def release(feed: Feed, *, by: uuid.UUID) -> bool:
    """A person says that the held feed is meant: it is read once more, with force. False where it is not held now.

    Raises FeedRefused where a newer feed was applied meanwhile.
    """
    importing.check_order(feed)
    held = Feed.objects.filter(pk=feed.pk, state=FeedState.HELD)
    if not held.update(state=FeedState.RECEIVED, released_by=by, released_at=timezone.now()):
        return False
    doorbell.ring_after_commit(TAKE_IN, feed.pk)
    log.info("feed_released", feed=str(feed.pk), by=str(by))
    return True


def discard(feed: Feed, *, by: uuid.UUID | None) -> bool:
    """The held feed is not meant; or nobody said anything for so long (``by`` None). False where it is not held now."""
    held = Feed.objects.filter(pk=feed.pk, state=FeedState.HELD)
    if not held.update(state=FeedState.DISCARDED, discarded_by=by, discarded_at=timezone.now()):
        return False
    transaction.on_commit(lambda: spool.remove(feed.pk), robust=True)
    log.info("feed_discarded", feed=str(feed.pk), by=str(by))
    return True


def take_in(feed_id: uuid.UUID) -> None:
    """Import what waits longest of the carrier of this feed; then ring for the next one."""
    asked = Feed.objects.filter(pk=feed_id).first()
    feed = _claim(asked.carrier_id) if asked else None
    if feed is None:
        return
    try:
        _import(feed)
    except (Busy, Interrupted) as problem:
        log.warning("import_left", feed=str(feed.pk), attempts=feed.attempts, reason=type(problem).__name__)
        return
    state = Feed.objects.values_list("state", flat=True).get(pk=feed.pk)
    log.info("feed_read", feed=str(feed.pk), carrier=feed.carrier.code, state=state)
    if state not in WITH_FILE:
        spool.remove(feed.pk)
    following = Feed.objects.waiting().filter(carrier=feed.carrier).first()
    if following is not None:
        doorbell.ring(TAKE_IN, following.pk)


def sweep() -> int:
    """Ring for every carrier that has a feed waiting while nobody reads one. Returns for how many."""
    oldest = Feed.objects.waiting().order_by("carrier_id", "received_at", "id").distinct("carrier_id")
    return sum(doorbell.ring(TAKE_IN, feed.pk) for feed in oldest if not _is_busy(feed.carrier_id))


def tidy() -> None:
    """Discard what was held for too long, and files that belong to no feed any more."""
    before = timezone.now() - datetime.timedelta(days=settings.FEED_HELD_DAYS)
    for feed in Feed.objects.filter(state=FeedState.HELD, received_at__lt=before):
        discard(feed, by=None)
    kept = {str(feed_id) for feed_id in Feed.objects.filter(state__in=WITH_FILE).values_list("pk", flat=True)}
    for path in spool.stale():
        if path.name not in kept:
            path.unlink(missing_ok=True)


def _create(incoming: spool.Incoming, delivery: Delivery, **columns: object) -> Feed:
    said = {field.name: getattr(delivery, field.name) for field in dataclasses.fields(delivery)}
    feed = Feed(id=incoming.feed_id, size=incoming.size, received_at=timezone.now(), **said, **columns)
    feed.save(force_insert=True)
    log.info("feed_received", feed=str(feed.pk), carrier=feed.carrier.code, state=feed.state, size=feed.size)
    return feed


def _known(delivery: Delivery, digest: bytes) -> Feed | None:
    """What brought the same file for the same moment, unless it came to nothing: then this is a new try."""
    same = Feed.objects.filter(carrier=delivery.carrier, kind=delivery.kind, as_of=delivery.as_of, digest=digest)
    return same.filter(state__in=(*WITH_FILE, FeedState.APPLIED)).order_by("received_at").first()


def _claim(carrier_id: uuid.UUID) -> Feed | None:
    """The carrier's feed that waits longest, now at "reading"; None where another import is under way."""
    waiting = Feed.objects.waiting().filter(carrier_id=carrier_id)
    feed = waiting.select_related("carrier").first()
    if feed is None or _is_busy(carrier_id):
        return None
    # What an earlier reading counted is counted anew.
    fresh = {"lines": 0, "rejected": 0, "rejects_file": "", "problem": ""}
    if not waiting.filter(pk=feed.pk).update(state=FeedState.READING, attempts=F("attempts") + 1, **fresh):
        return None
    feed.refresh_from_db(fields=["state", "attempts", "released_at", *fresh])
    return feed


def _import(feed: Feed) -> None:
    """Whatever becomes of the feed stands in its row afterwards. Raises Busy or Interrupted: then it still waits."""
    try:
        if feed.attempts > settings.FEED_MAX_ATTEMPTS:
            raise FeedRefused(_given_up())
        with spool.opened(feed.pk) as file:
            earlier = importing.apply(feed, file, importing.rejects_path_of(feed), force=feed.is_released)
    except (Busy, Interrupted):
        raise
    except Unlikely as problem:
        importing.settle(feed, FeedState.HELD, str(problem))
    except FeedRefused as problem:
        importing.settle(feed, FeedState.FAILED, str(problem))
    except Exception as error:
        # Its type alone: what an error says, and where, may hold a line of the file.
        log.error("import_failed", feed=str(feed.pk), error=type(error).__name__)
        importing.settle(feed, FeedState.FAILED, importing.ended_with(error))
    else:
        if earlier is not None:
            importing.settle(feed, FeedState.DISCARDED, _("The very same file was applied before."))


def _given_up() -> str:
    return ngettext(
        "The import ended %d time without a result. Deliver the file once more, or in parts.",
        "The import ended %d times without a result. Deliver the file once more, or in parts.",
        settings.FEED_MAX_ATTEMPTS,
    ) % (settings.FEED_MAX_ATTEMPTS)


def _is_busy(carrier_id: uuid.UUID) -> bool:
    """Whether an import of this carrier runs, by whomever: it holds the carrier's advisory lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (classid::bigint << 32 | objid::bigint) = hashtextextended(%s, 0))",
            [importing.lock_name(carrier_id)],
        )
        (busy,) = cursor.fetchone()
    return bool(busy)
