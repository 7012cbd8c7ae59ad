"""Taking in a feed: the whole of it in one transaction, or nothing.

What is written outside that transaction is the Feed's own row, so that a failed or killed import can be seen. One
import of a carrier runs at a time (an advisory lock that ends with the transaction). No value out of the file is ever
part of a message: PostgreSQL quotes lines and values in its errors, hence only an error's type is passed on.
"""

import contextlib
import dataclasses
import datetime
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lookups.carriers.models import Carrier
from lookups.jurisdictions import rules, working_days
from lookups.registry.feeds import header, pool
from lookups.registry.feeds.lines import NotText, Terms
from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.feeds.rejects import RejectsFile
from lookups.registry.feeds.source import Chunk, Source
from lookups.registry.feeds.staging import Staging
from lookups.registry.models import Feed, FeedKind, FeedState, Registration

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
    file: IO[bytes],
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
    if moment > timezone.now():
        raise FeedRefused(_("The feed's “as of” is in the future."))
    feed = Feed.objects.create(
        carrier=carrier, kind=kind, as_of=moment, received_at=timezone.now(), digest=b"", state=FeedState.READING
    )
    path = rejects_path or settings.VAR / "rejects" / f"{feed.pk}.csv"
    try:
        with RejectsFile(path) as rejects:
            earlier = _apply(feed, file, rejects, said_when=as_of is not None, progress=progress, force=force)
    except FeedRefused as problem:
        _fail(feed, str(problem))
        raise
    except BaseException as error:
        what = str(error) if isinstance(error, pool.WorkerFailed) else type(error).__name__
        sentence = _("The import ended with an error (%s).") % what
        _fail(feed, sentence)
        if isinstance(error, DatabaseError | psycopg.Error | pool.WorkerFailed | OSError):
            raise FeedRefused(sentence) from None
        raise
    if earlier is not None:
        feed.delete()
        return Imported(earlier, again=True)
    return Imported(feed, path if rejects.count else None)


def _apply(
    feed: Feed, file: IO[bytes], rejects: RejectsFile, *, said_when: bool, progress: Progress | None, force: bool
) -> Feed | None:
    """Applies the feed and fills its row; or returns the earlier feed that brought this file already."""
    carrier = feed.carrier
    day = working_days.local_day(feed.as_of, rules.current())
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(cursor, carrier)
        applied = Feed.objects.filter(carrier=carrier, state=FeedState.APPLIED)
        latest = applied.order_by("-as_of", "-applied_at").first()
        if latest and feed.as_of < latest.as_of:
            raise FeedRefused(
                _("The feed is older than what is there: its “as of” is %(feed)s, the latest applied one's %(latest)s.")
                % {"feed": _shown(feed.as_of), "latest": _shown(latest.as_of)}
            )
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
        if not feed.lines and feed.kind == FeedKind.SNAPSHOT:
            raise FeedRefused(_("The file has no line: as a full snapshot it would end every record of the carrier."))
        _note(feed, rejects)
        if feed.kind == FeedKind.SNAPSHOT and rejects.count and rejects.last == source.open_line:
            raise FeedRefused(_("The file is cut off: its last line has no line break and cannot be taken."))
        if feed.lines and not taken:
            raise FeedRefused(_("Not one line of the file could be taken."))
        guarded = feed.kind == FeedKind.SNAPSHOT and not force
        if guarded:
            _guard_lines(feed)
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


def _is_unchanged(feed: Feed, file: IO[bytes], latest: Feed) -> bool:
    """Whether the very file of the latest feed comes again, a snapshot of which every line was taken.

    Then nothing has to be read: each record is as that feed left it. Where lines were rejected, a later day may take
    them ("in the future"). What cannot be read twice (a pipe) is simply read.
    """
    if latest.rejected or latest.kind != FeedKind.SNAPSHOT or feed.kind != latest.kind or not file.seekable():
        return False
    begin, digest = file.tell(), hashlib.sha256()
    try:
        while data := file.read(_HASHED_AT_ONCE):
            digest.update(data)
        file.seek(begin)
    except OSError:
        raise FeedRefused(_("The file cannot be read.")) from None
    feed.digest = digest.digest()
    return digest.digest() == bytes(latest.digest)


def _repeat(feed: Feed, latest: Feed) -> None:
    """The feed as applied, since ``latest`` brought the same."""
    feed.lines = feed.unchanged = latest.lines
    _save(feed)


def _save(feed: Feed) -> None:
    feed.state, feed.applied_at = FeedState.APPLIED, timezone.now()
    feed.save()
    # Whoever stands at "reading" while we hold the lock was killed.
    Feed.objects.filter(carrier=feed.carrier, state=FeedState.READING).update(
        state=FeedState.FAILED, problem=_("The import was interrupted.")
    )


def _note(feed: Feed, rejects: RejectsFile) -> None:
    feed.rejected, feed.rejects_file = rejects.count, rejects.path.name if rejects.count else ""


def _guard_lines(feed: Feed) -> None:
    most = settings.SNAPSHOT_MAX_REJECTED_SHARE
    if feed.lines >= GUARDED_FROM and feed.rejected / feed.lines > most:
        raise FeedRefused(
            _("%(bad)d of the snapshot's %(all)d lines are bad, at most %(most)g %% may be. If meant, add --force.")
            % {"bad": feed.rejected, "all": feed.lines, "most": 100 * most}
        )


def _guard_records(ended: int, running: int) -> None:
    most = settings.SNAPSHOT_MAX_ENDED_SHARE
    if running >= GUARDED_FROM and ended / running > most:
        raise FeedRefused(
            _("The snapshot would end %(ended)d of %(all)d records, at most %(most)g %% may. If meant, add --force.")
            % {"ended": ended, "all": running, "most": 100 * most}
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


def _lock(cursor: CursorWrapper, carrier: Carrier) -> None:
    cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"registry.import:{carrier.pk}"])
    if not cursor.fetchone()[0]:
        raise FeedRefused(_("Another feed of this carrier is being imported right now. Try again when it has ended."))


def _fail(feed: Feed, problem: str) -> None:
    """Says on the feed's own row why, after the transaction that failed. A database that is gone keeps its silence."""
    feed.state, feed.problem = FeedState.FAILED, problem[:200]
    feed.started = feed.changed = feed.ended = feed.unchanged = 0
    feed.applied_at = None
    with contextlib.suppress(DatabaseError, psycopg.Error):
        feed.save()


def _shown(moment: datetime.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M %Z}"
