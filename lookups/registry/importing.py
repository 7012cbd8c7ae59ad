"""Taking in a feed: the whole of it in one transaction, or nothing.

What is written outside that transaction is the Feed's own row, so that a failed or killed import can be seen. One
import of a carrier runs at a time (an advisory lock that ends with the transaction). No value out of the file is ever
part of a message: PostgreSQL quotes lines and values in its errors, hence only an error's type is passed on.
"""

import contextlib
import dataclasses
import datetime
import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lookups.carriers.models import Carrier
from lookups.jurisdictions import rules, working_days
from lookups.registry.feeds import header, pool
from lookups.registry.feeds.lines import NotText, Terms
from lookups.registry.feeds.problems import Busy, FeedRefused, Interrupted, Unlikely
from lookups.registry.feeds.rejects import RejectsFile
from lookups.registry.feeds.source import Chunk, Source
from lookups.registry.feeds.staging import Staging
from lookups.registry.feeds.unpacking import Readable
from lookups.registry.models import CameBy, Feed, FeedKind, FeedState, Registration

Progress = Callable[[int], None]
_HASHED_AT_ONCE = 1 << 20
GUARDED_FROM = 50  # lines, or running records: of fewer, any share may be a good carrier's ordinary day


@dataclasses.dataclass(frozen=True)
class Imported:
    """The feed as it was applied, now or (``again``) by an earlier import of the very same file."""

    feed: Feed
    rejects_path: Path | None = None
    again: bool = False


def import_feed(
    carrier: Carrier,
    *,
    file: Readable,
    kind: FeedKind,
    as_of: datetime.datetime | None = None,
    rejects_path: Path | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> Imported:
    """Make the carrier's records what the file says. Raises FeedRefused, and then nothing was changed.

    ``as_of`` is the moment whose state the file describes: now, unless said otherwise. A file that was applied before
    is recognised by its digest; only with an ``as_of`` of its own, later than the first time, it counts as a delivery
    anew. ``progress`` is told how many bytes of the file were read. ``force`` takes a snapshot although it rejects or
    ends so much that it is more likely a mistake (``SNAPSHOT_MAX_REJECTED_SHARE``, ``SNAPSHOT_MAX_ENDED_SHARE``).
    """
    moment = as_of or timezone.now()
    check_moment(moment)
    feed = Feed.objects.create(
        carrier=carrier, kind=kind, as_of=moment, received_at=timezone.now(), digest=b"", state=FeedState.READING
    )
    path = rejects_path or rejects_path_of(feed)
    try:
        earlier = apply(feed, file, path, said_when=as_of is not None, progress=progress, force=force)
    except FeedRefused as problem:
        settle(feed, FeedState.FAILED, str(problem))
        raise
    except BaseException as error:
        settle(feed, FeedState.FAILED, ended_with(error))
        raise
    if earlier is not None:
        feed.delete()
        return Imported(earlier, again=True)
    return Imported(feed, path if feed.rejects_file else None)


def check_moment(as_of: datetime.datetime) -> None:
    """Raises FeedRefused for a moment that has not come yet."""
    if as_of > timezone.now():
        raise FeedRefused(_("The feed's “as of” is in the future."))


def check_order(feed: Feed) -> Feed | None:
    """The carrier's latest applied feed; raises FeedRefused where it is newer than this one."""
    latest = (
        Feed.objects.filter(carrier=feed.carrier_id, state=FeedState.APPLIED).order_by("-as_of", "-applied_at").first()
    )
    if latest and feed.as_of < latest.as_of:
        raise FeedRefused(
            _("The feed is older than what is there: its “as of” is %(feed)s, the latest applied one's %(latest)s.")
            % {"feed": _shown(feed.as_of), "latest": _shown(latest.as_of)}
        )
    return latest


def rejects_path_of(feed: Feed) -> Path:
    """Where the list of a feed's rejected lines lies, unless the command was told another place."""
    return Path(settings.FEEDS_FOLDER) / "rejects" / f"{feed.pk}.csv"


def ended_with(error: BaseException) -> str:
    """The sentence for an import that met an error: its type, since what it says may hold a line."""
    return _("The import ended with an error (%s).") % type(error).__name__


def apply(
    feed: Feed,
    file: Readable,
    rejects_path: Path,
    *,
    said_when: bool = True,
    progress: Progress | None = None,
    force: bool = False,
) -> Feed | None:
    """Applies the feed and fills its row; or returns the earlier feed that brought this file already.

    Raises FeedRefused, then nothing was changed: Unlikely where a person may take it nevertheless, Busy where another
    import is under way, Interrupted where the same file may well be taken the next time.
    """
    try:
        with RejectsFile(rejects_path) as rejects:
            return _apply(feed, file, rejects, said_when=said_when, progress=progress, force=force)
    except FeedRefused:
        raise
    except pool.WorkerFailed as error:
        raise Interrupted(_("The import ended with an error (%s).") % error) from None
    except (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise Interrupted(ended_with(error)) from None
    except (DatabaseError, psycopg.Error, OSError) as error:
        raise FeedRefused(ended_with(error)) from None


def _apply(
    feed: Feed, file: Readable, rejects: RejectsFile, *, said_when: bool, progress: Progress | None, force: bool
) -> Feed | None:
    carrier = feed.carrier
    day = working_days.local_day(feed.as_of, rules.current())
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(cursor, feed)
        applied = Feed.objects.filter(carrier=carrier, state=FeedState.APPLIED)
        latest = check_order(feed)
        if latest is not None and not force and _is_unchanged(feed, file, latest):
            earlier = _recognise(feed, applied, latest, said_when=said_when)
            if earlier is None:
                _repeat(feed, latest)
            return earlier
        source = Source(file)
        terms = Terms(feed.pk, carrier.pk, header.read(source.header), day)
        staging = Staging(cursor)
        taken = _fill(staging, source, terms, feed, rejects, progress)
        feed.digest = source.digest
        earlier = _recognise(feed, applied, latest, said_when=said_when)
        if earlier is not None:
            return earlier
        _note(feed, rejects)
        guarded = feed.kind == FeedKind.SNAPSHOT and not force
        if feed.kind == FeedKind.SNAPSHOT and not feed.is_released:
            _guard_end(rejects, source)
        if guarded:
            _guard_lines(feed)
        if feed.lines and not taken:
            raise FeedRefused(_("Not one line of the file could be taken."))
        running = Registration.objects.filter(carrier=carrier).running().count() if guarded else 0
        counts = staging.merge(
            carrier=carrier.pk,
            feed=feed.pk,
            kind=FeedKind(feed.kind),
            day=day,
            first=latest is None,
            taken=taken,
        )
        if counts.repeated:
            rejects.merge(staging.repeated())
            _note(feed, rejects)
        if guarded:
            _guard_lines(feed)
            _guard_records(counts.ended, running)
        feed.started, feed.changed = counts.started, counts.changed
        feed.ended, feed.unchanged = counts.ended, counts.unchanged
        _save(feed)
    return None


def _is_unchanged(feed: Feed, file: Readable, latest: Feed) -> bool:
    """Whether the very file of the latest feed comes again, a snapshot of which every line was taken.

    Then nothing has to be read: each record is as that feed left it. Where lines were rejected, a later day may take
    them ("in the future"). What cannot be read twice (a pipe) is simply read.
    """
    if latest.rejected or latest.kind != FeedKind.SNAPSHOT or feed.kind != latest.kind:
        return False
    if feed.came_by == CameBy.COMMAND:
        feed.digest = _digest_ahead(file)
    return bytes(feed.digest) == bytes(latest.digest)


def _digest_ahead(file: Readable) -> bytes:
    """The SHA-256 of a file that can be read twice, and is left at its beginning; of others nothing."""
    if not (isinstance(file, io.IOBase) and file.seekable()):
        return b""
    begin, digest = file.tell(), hashlib.sha256()
    try:
        while data := file.read(_HASHED_AT_ONCE):
            digest.update(data)
        file.seek(begin)
    except OSError:
        raise FeedRefused(_("The file cannot be read.")) from None
    return digest.digest()


def _repeat(feed: Feed, latest: Feed) -> None:
    """The feed as applied, since ``latest`` brought the same."""
    feed.lines = feed.unchanged = latest.lines
    _save(feed)


def _save(feed: Feed) -> None:
    feed.state, feed.applied_at = FeedState.APPLIED, timezone.now()
    feed.save()
    # Whoever stands at "reading" while we hold the lock was killed. What was delivered is read again by itself.
    Feed.objects.filter(carrier=feed.carrier, state=FeedState.READING, came_by=CameBy.COMMAND).update(
        state=FeedState.FAILED, problem=_("The import was interrupted.")
    )


def _note(feed: Feed, rejects: RejectsFile) -> None:
    feed.rejected, feed.rejects_file = rejects.count, rejects.path.name if rejects.count else ""


def _guard_end(rejects: RejectsFile, source: Source) -> None:
    if rejects.count and rejects.last == source.open_line:
        raise Unlikely(
            _("The file is cut off: its last line has no line break and cannot be taken."), may_be_forced=False
        )


def _guard_lines(feed: Feed) -> None:
    if not feed.lines:
        raise Unlikely(_("The file has no line: as a full snapshot it would end every record of the carrier."))
    most = settings.SNAPSHOT_MAX_REJECTED_SHARE
    if feed.lines >= GUARDED_FROM and feed.rejected / feed.lines > most:
        raise Unlikely(
            _("%(bad)s of the snapshot's %(all)s lines are bad, at most %(most)g %% may be.")
            % {"bad": f"{feed.rejected:,}", "all": f"{feed.lines:,}", "most": 100 * most}
        )


def _guard_records(ended: int, running: int) -> None:
    most = settings.SNAPSHOT_MAX_ENDED_SHARE
    if running >= GUARDED_FROM and ended / running > most:
        raise Unlikely(
            _("The snapshot would end %(ended)s of %(all)s records, at most %(most)g %% may.")
            % {"ended": f"{ended:,}", "all": f"{running:,}", "most": 100 * most}
        )


def _recognise(feed: Feed, applied: QuerySet[Feed], latest: Feed | None, *, said_when: bool) -> Feed | None:
    """The feed that brought this very file before, if this is a mere repetition."""
    same = applied.filter(kind=feed.kind, digest=feed.digest).order_by("-as_of", "-applied_at")
    if said_when:
        return same.filter(as_of=feed.as_of).first()
    earlier = same.first()
    if earlier is not None and earlier != latest:
        raise FeedRefused(
            _("This file was applied before (as of %s), and newer feeds since. If it is meant, give its “as of”.")
            % _shown(earlier.as_of)
        )
    return earlier


def _fill(
    staging: Staging, source: Source, terms: Terms, feed: Feed, rejects: RejectsFile, progress: Progress | None
) -> int:
    """Stages every line that can be taken; returns how many."""
    taken = 0
    try:
        with (
            staging.filling() as copy,
            contextlib.closing(pool.batches(_watched(source, progress), terms)) as batches,
        ):
            for batch in batches:
                copy.write(batch.rows)
                rejects.add(batch.rejects)
                feed.lines += batch.lines
                taken += batch.taken
    except NotText:
        raise FeedRefused(_("The file is not UTF-8 text.")) from None
    return taken


def _watched(source: Source, progress: Progress | None) -> Iterator[Chunk]:
    for chunk in source.chunks():
        if progress is not None:
            progress(source.bytes_read)
        yield chunk


def lock_name(carrier_id: object) -> str:
    """What the advisory lock of a carrier's imports is made from."""
    return f"registry.import:{carrier_id}"


def _lock(cursor: CursorWrapper, feed: Feed) -> None:
    cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [lock_name(feed.carrier_id)])
    if not cursor.fetchone()[0]:
        raise Busy(_("Another feed of this carrier is being imported right now. Try again when it has ended."))
    delivered = feed.came_by != CameBy.COMMAND
    if delivered and not Feed.objects.filter(pk=feed.pk, state=FeedState.READING).exists():
        raise Busy(_("Another import has taken this feed meanwhile."))


def settle(feed: Feed, state: FeedState, problem: str) -> None:
    """Says on the feed's own row how an import ended that changed nothing, after its transaction.

    Nothing is written where the feed went on meanwhile. A database that is gone keeps its silence.
    """
    feed.state, feed.problem = state, problem[:200]
    feed.started = feed.changed = feed.ended = feed.unchanged = 0
    feed.applied_at = None
    columns = ("state", "problem", "digest", "lines", "rejected", "rejects_file", "started", "changed", "ended",
               "unchanged", "applied_at")  # fmt: skip
    with contextlib.suppress(DatabaseError, psycopg.Error):
        still = Feed.objects.filter(pk=feed.pk, state=FeedState.READING)
        still.update(**{column: getattr(feed, column) for column in columns})


def _shown(moment: datetime.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M %Z}"
