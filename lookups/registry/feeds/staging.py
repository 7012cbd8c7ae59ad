"""The staging table, and the merge of a whole feed in a few statements over sets.

Everything here runs in one transaction of the caller's, on temporary tables that end with it: readers see the records
of before or of after, and a killed import leaves nothing. Plain PostgreSQL 15.
"""

import contextlib
import dataclasses
import datetime
import uuid
from collections.abc import Iterator
from typing import Any, LiteralString

from django.db.backends.utils import CursorWrapper

from lookups.registry.feeds.lines import Reject
from lookups.registry.models import FeedKind

# In the order of the rows that ``lines`` makes. A row without a number is no record: it says that the carrier lists it.
_CREATE = """
CREATE TEMPORARY TABLE registry_staging (
    line bigint NOT NULL, id uuid NOT NULL, subject uuid, number_index uuid, number bytea,
    service varchar, plan varchar, status varchar, activated_on date, ended_on date,
    channel varchar, outlet_district varchar, identity_check varchar, identity_checked_on date
) ON COMMIT DROP
"""
_BINARY_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_BINARY_TAIL = b"\xff\xff"

_FACTS: tuple[LiteralString, ...] = (
    "service",
    "plan",
    "status",
    "activated_on",
    "ended_on",
    "channel",
    "outlet_district",
    "identity_check",
    "identity_checked_on",
)
_OLD, _NEW = ", ".join(f"r.{fact}" for fact in _FACTS), ", ".join(f"s.{fact}" for fact in _FACTS)
_OLD_JSON = ", ".join(f"'{fact}', r.{fact}" for fact in _FACTS)
_NEW_JSON = ", ".join(f"'{fact}', s.{fact}" for fact in _FACTS)

# Of several lines with one key the first that was taken counts.
_FIND_REPEATED = """
CREATE TEMPORARY TABLE registry_repeated ON COMMIT DROP AS
SELECT line, taken FROM (
    SELECT line, number IS NOT NULL AS taken, row_number() OVER (PARTITION BY id ORDER BY number IS NULL, line) AS nth
    FROM registry_staging
) numbered WHERE nth > 1
"""
_DROP_REPEATED = "DELETE FROM registry_staging s USING registry_repeated r WHERE s.line = r.line"

_DIFFERENCE = f"""
CREATE TEMPORARY TABLE registry_difference ON COMMIT DROP AS
SELECT coalesce(s.id, r.id) AS id, coalesce(s.subject, r.subject) AS subject,
    CASE WHEN r.id IS NULL THEN 'started'
         WHEN s.id IS NULL THEN 'missing'
         WHEN r.status = 'ended' AND s.status <> 'ended' THEN 'returned'
         WHEN r.status <> 'ended' AND s.status = 'ended' THEN 'ended'
         ELSE 'changed' END AS kind,
    CASE WHEN r.id IS NULL THEN '{{}}'::jsonb
         WHEN s.id IS NULL THEN jsonb_build_object('status', r.status, 'ended_on', r.ended_on)
         ELSE (SELECT jsonb_object_agg(old.key, old.value) FROM jsonb_each(jsonb_build_object({_OLD_JSON})) old
               WHERE old.value IS DISTINCT FROM jsonb_build_object({_NEW_JSON}) -> old.key) END AS before
FROM registry_staging s
%s JOIN (SELECT * FROM registry_registration WHERE carrier_id = %%(carrier)s::uuid) r ON r.id = s.id
WHERE (r.id IS NULL AND s.number IS NOT NULL)
   OR (s.id IS NULL AND r.status <> 'ended')
   OR (s.number IS NOT NULL AND ({_OLD}) IS DISTINCT FROM ({_NEW}))
"""  # noqa: S608 - put together from the constants above
_INSERT = f"""
INSERT INTO registry_registration (
    id, subject, number_index, number, {", ".join(_FACTS)}, carrier_id, feed_id, sealed_by)
SELECT s.id, s.subject, s.number_index, s.number, {_NEW}, %(carrier)s::uuid, %(feed)s::uuid, %(feed)s::uuid
FROM registry_staging s
"""  # noqa: S608
# One sort serves to find each registration's first line and to fill the indexes in their own order.
_INSERT_ALL = _INSERT.replace(
    "FROM registry_staging s",
    "FROM (SELECT DISTINCT ON (id) * FROM registry_staging ORDER BY id, number IS NULL, line) s"
    " WHERE s.number IS NOT NULL",
)
_INSERT_NEW = f"{_INSERT} JOIN registry_difference d ON d.id = s.id WHERE d.kind = 'started' ORDER BY s.id"
_UPDATE = f"""
UPDATE registry_registration r
SET number = s.number, sealed_by = %(feed)s::uuid, feed_id = %(feed)s::uuid,
    {", ".join(f"{fact} = s.{fact}" for fact in _FACTS)}
FROM registry_staging s JOIN registry_difference d ON d.id = s.id
WHERE r.id = s.id AND d.kind IN ('changed', 'returned', 'ended')
"""  # noqa: S608
_END_MISSING = """
UPDATE registry_registration r SET status = 'ended', ended_on = %(day)s::date, feed_id = %(feed)s::uuid
FROM registry_difference d WHERE r.id = d.id AND d.kind = 'missing'
"""
_WRITE_CHANGES = """
INSERT INTO registry_registrationchange (id, registration_id, subject, feed_id, kind, before)
SELECT gen_random_uuid(), id, subject, %(feed)s::uuid, kind, before FROM registry_difference ORDER BY id
"""


@dataclasses.dataclass(frozen=True)
class Counts:
    """How many registrations a feed started, changed (or brought back), ended (or no longer listed), and left; and
    how many lines were left aside because an earlier line was about the same registration."""

    started: int
    changed: int
    ended: int
    unchanged: int
    repeated: int


class Staging:
    """One feed's rows between the file and the records."""

    def __init__(self, cursor: CursorWrapper) -> None:
        self._cursor = cursor
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off")
        # Two imports in one transaction happen in tests only, where nothing is ever committed.
        cursor.execute(
            "DROP TABLE IF EXISTS pg_temp.registry_staging, pg_temp.registry_repeated, pg_temp.registry_difference"
        )
        cursor.execute(_CREATE)

    @contextlib.contextmanager
    def filling(self) -> Iterator[Any]:
        """Something with ``write(rows)``."""
        with self._cursor.copy("COPY registry_staging FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(_BINARY_HEAD)
            yield copy
            copy.write(_BINARY_TAIL)

    def repeated(self) -> Iterator[Reject]:
        """The lines that ``merge`` left aside."""
        with self._cursor.copy("COPY (SELECT line FROM registry_repeated WHERE taken ORDER BY line) TO STDOUT") as copy:
            copy.set_types(["int8"])
            for (line,) in copy.rows():
                yield Reject(line, "", "duplicate_of_earlier_line")

    def merge(
        self, *, carrier: uuid.UUID, feed: uuid.UUID, kind: FeedKind, day: datetime.date, first: bool, taken: int
    ) -> Counts:
        """Make the carrier's records what the feed says; ``taken`` is the number of rows that are records.

        ``first``: the carrier has no records yet. Its first feed leaves no changes: all of it would be one.
        """
        names = {"carrier": str(carrier), "feed": str(feed), "day": day.isoformat()}
        if first:
            self._cursor.execute(_INSERT_ALL, names)
            started = self._cursor.rowcount
            if started < taken:
                self._find_repeated()
            return Counts(started, 0, 0, 0, taken - started)
        repeated = self._find_repeated()
        self._cursor.execute(_DROP_REPEATED)
        self._cursor.execute("ANALYZE registry_staging")
        self._cursor.execute(_DIFFERENCE % ("FULL" if kind == FeedKind.SNAPSHOT else "LEFT"), names)
        self._cursor.execute("ANALYZE registry_difference")
        self._cursor.execute("SELECT kind, count(*) FROM registry_difference GROUP BY kind")
        found: dict[str, int] = dict(self._cursor.fetchall())
        if found:
            self._cursor.execute(_UPDATE, names)
            self._cursor.execute(_END_MISSING, names)
            self._cursor.execute(_INSERT_NEW, names)
            self._cursor.execute(_WRITE_CHANGES, names)
        started, missing = found.get("started", 0), found.get("missing", 0)
        changed, ended = found.get("changed", 0) + found.get("returned", 0), found.get("ended", 0)
        unchanged = taken - repeated - started - changed - ended
        return Counts(started, changed, ended + missing, unchanged, repeated)

    def _find_repeated(self) -> int:
        self._cursor.execute(_FIND_REPEATED)
        self._cursor.execute("SELECT count(*) FROM registry_repeated WHERE taken")
        return int(self._cursor.fetchone()[0])
