"""``import_registrations`` beside ``psql \\copy`` of the same file into a plain table with as many indexes.

The yardstick does not check, seal, compare or count anything. Same database, same run, fsync and synchronous_commit on.
Measured: a first snapshot into empty tables; another carrier's into tables that hold the first; one with one line in
fifty changed; that one again, unchanged, at a later moment; and that the rejects file says what it must.
"""

import argparse
import csv
import datetime
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.utils import timezone

from lookups.demo.generator import write_feed
from lookups.registry.feeds.lines import Reject
from lookups.registry.models import Feed, Registration
from tests.benchmarks import ground

NAME = "import"
_PLAIN = """
CREATE TABLE plain (id_scheme varchar, id_number varchar, phone_number varchar, service varchar, plan varchar,
    status varchar, activated_on date, ended_on date, channel varchar, outlet_district varchar, identity_check varchar,
    identity_checked_on date)
"""
_INDEXES = (
    "CREATE UNIQUE INDEX plain_1 ON plain (phone_number, id_number)",
    "CREATE UNIQUE INDEX plain_2 ON plain (id_scheme, id_number, phone_number)",
    "CREATE INDEX plain_3 ON plain (activated_on)",
    "CREATE INDEX plain_4 ON plain (service)",
)


def run(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="import")
    parser.add_argument("--lines", type=int, default=int(os.environ.get("BENCH_LINES", "1000000")))
    parser.add_argument("--bad", type=int, help="wrong lines (default: one in a thousand)")
    chosen = parser.parse_args(arguments)
    bad = chosen.lines // 1000 if chosen.bad is None else chosen.bad
    ground.make_ready()
    with tempfile.TemporaryDirectory(dir=settings.VAR) as folder:
        _measure(Path(folder), chosen.lines, bad)


def _measure(folder: Path, lines: int, bad: int) -> None:
    file, clean, other, second, rejects = (
        folder / name for name in ("feed.csv", "clean.csv", "other.csv", "second.csv", "rejects.csv")
    )
    people = max(1, lines * 3 // 10)
    with file.open("wb") as stream:
        expected = write_feed(stream, lines=lines, people=people, seed=1, bad=bad)
    with other.open("wb") as stream:
        write_feed(stream, lines=lines, people=people, seed=1, carrier="western")
    _without(file, clean, {reject.line for reject in expected})
    _change_some(clean, second)
    indexes = _make_plain_table()
    print(f"{lines:,} lines ({file.stat().st_size / 1e6:.0f} MB), {bad:,} of them wrong; {os.cpu_count()} cores")

    empty = _copy(clean)
    _show(f"psql \\copy, plain table, {indexes} indexes", lines - bad, empty, empty)
    first, memory = _import("bench", file, rejects)
    _show("import_registrations, first snapshot", lines, first, empty)
    filled = _copy(other)
    _show("psql \\copy, into the filled table", lines, filled, filled)
    seconds, more = _import("other", other, folder / "rejects1.csv")
    _show("import_registrations, into the filled table", lines, seconds, filled)
    changed, much = _import("bench", second, folder / "rejects2.csv")
    _show("import_registrations, 2 % changed", lines - bad, changed, empty)
    again, most = _import("bench", second, folder / "rejects3.csv", "--as-of", _a_moment_ago())
    _show("import_registrations, the same once more", lines - bad, again, empty)
    print(f"of the first one's time an unchanged one takes 1/{first / again:.1f}, 2 % changed 1/{first / changed:.1f}")
    print(f"peak memory of the importing processes together: {max(memory, more, much, most):.0f} MB")
    _check(expected, rejects, 2 * lines - bad)


def _check(expected: list[Reject], rejects: Path, held: int) -> None:
    with rejects.open(newline="") as stream:
        found = [(int(row["line"]), row["column"], row["reason"]) for row in csv.DictReader(stream)]
    right = found == [(each.line, each.column, each.reason) for each in expected]
    print(f"rejects file: {len(found):,} lines, {'each as expected' if right else 'NOT as expected'}")
    there = Registration.objects.count()
    last = Feed.objects.latest("applied_at")
    print(f"registrations there: {there:,}; the last feed counts {last.unchanged:,} unchanged")
    if not right or there != held or last.unchanged != last.lines:
        sys.exit(1)


def _make_plain_table() -> int:
    """As many indexes as the registrations have."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'registry_registration'")
        indexes = int(cursor.fetchone()[0])
        cursor.execute("DROP TABLE IF EXISTS plain")
        for statement in (_PLAIN, *_INDEXES[:indexes]):
            cursor.execute(statement)
    return indexes


def _copy(file: Path) -> float:
    command = [ground.program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command"]
    begun = time.perf_counter()
    subprocess.run(
        [*command, rf"\copy plain FROM '{file}' (FORMAT csv, HEADER)"],
        check=True,
        env=ground.postgres_environment(),
    )
    return time.perf_counter() - begun


def _import(carrier: str, file: Path, rejects: Path, *more: str) -> tuple[float, float]:
    words = ["import_registrations", carrier, str(file), "--snapshot", "--rejects", str(rejects), *more]
    return ground.run_measured(["manage.py", *words])


def _a_moment_ago() -> str:
    return (timezone.now() - datetime.timedelta(seconds=1)).isoformat()


def _without(file: Path, target: Path, lines: set[int]) -> None:
    """The file without its wrong lines, which \\copy could not take."""
    with file.open("rb") as source, target.open("wb") as copy:
        copy.writelines(line for number, line in enumerate(source, 1) if number not in lines)


def _change_some(file: Path, target: Path) -> None:
    """The file with one plan in fifty changed."""
    dice = random.Random(2)
    other = {b",prepaid,": b",postpaid,", b",postpaid,": b",prepaid,"}
    with file.open("rb") as source, target.open("wb") as copy:
        for line in source:
            if dice.random() < 0.02:
                line = re.sub(rb",(?:pre|post)paid,", lambda found: other[found.group()], line, count=1)
            copy.write(line)


def _show(what: str, lines: int, seconds: float, yardstick: float) -> None:
    print(f"{what:<52} {seconds:8.2f} s {lines / seconds:>12,.0f} lines/s   × {yardstick / seconds:.2f}", flush=True)
