"""The numbers page as served, beside the least Django that shows the same rows (``bare``): requests per second.

The same server, workers and threads (those of ``manage.py stack``), the same database, in turns in one run. The
portal's page is all of it: both factors checked, numbers unsealed and masked, the access record committed before the
answer, translation, headers. Measured too: the page of somebody with very many lines.
"""

import argparse
import datetime
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connections
from django.utils import timezone

from lookups.registry.models import Feed, FeedKind, FeedState, Registration
from lookups.vault import blind
from portal.stack import WEB_SERVER
from tests.benchmarks import ground
from tests.ports import free_port

NAME = "numbers_page"
PEOPLE = 16
MANY = 21_200
_READERS = 8


def run(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog=NAME)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rows", type=int, default=100_000, help="registrations of other people")
    chosen = parser.parse_args(arguments)
    ground.make_ready()
    ground.fill(1, chosen.rows)
    people = [uuid.uuid4() for _ in range(PEOPLE)]
    for subject in people:
        sealed_rows(subject, ground.LINES_EACH)
    cookies = [ground.cookies_of(ground.citizen(subject)) for subject in people]
    with web("portal.wsgi:application") as portal, web("tests.benchmarks.bare.wsgi:application") as bare:
        bare_cookies = _bare_people(people)
        _measure({"portal": (portal, cookies), "bare": (bare, bare_cookies)}, chosen.rounds, chosen.seconds)
        holder = uuid.uuid4()
        sealed_rows(holder, MANY)
        _measure_long(portal, ground.cookies_of(ground.citizen(holder)))


def _measure(pages: dict[str, tuple[int, list[str]]], rounds: int, seconds: float) -> None:
    for port, cookies in pages.values():
        ground.Load(port, "/numbers/", cookies, readers=_READERS).run(3)
    rates: dict[str, list[float]] = {name: [] for name in pages}
    for number in range(rounds):
        for name, (port, cookies) in pages.items():
            load = ground.Load(port, "/numbers/", cookies, readers=_READERS).run(seconds)
            rates[name].append(load.per_second)
            print(
                f"round {number + 1}, {name:<8} {load.per_second:8.1f} requests/s,"
                f" median {load.percentile(0.5):6.1f} ms, p99 {load.percentile(0.99):6.1f} ms",
                flush=True,
            )
    portal, bare = (statistics.median(rates[name]) for name in ("portal", "bare"))
    print(f"median: portal {portal:.1f}/s, bare {bare:.1f}/s: × {portal / bare:.2f}")


def _measure_long(port: int, cookie: str) -> None:
    for page in ("/numbers/", f"/numbers/?page={MANY // 50}"):
        load = ground.Load(port, page, [cookie], readers=1).run(4)
        print(f"{MANY:,} lines, {page:<20} median {load.percentile(0.5):.0f} ms, longest {load.percentile(1):.0f} ms")


def sealed_rows(subject: uuid.UUID, lines: int) -> None:
    """Registrations of one person, numbers sealed, over the carriers of ``ground.fill``."""
    feeds = list(Feed.objects.filter(state=FeedState.APPLIED, kind=FeedKind.SNAPSHOT, carrier__code__startswith="c"))
    today = timezone.localdate()
    rows = []
    for line in range(lines):
        feed = feeds[line % len(feeds)]
        number = f"+86138{line:08d}"
        index = blind.number_index(number)
        row = Registration(
            id=blind.registration_id(subject, feed.carrier_id, index), subject=subject, carrier_id=feed.carrier_id,
            number_index=index, sealed_by=feed.pk, feed=feed, service="mobile", plan="prepaid", status="active",
            activated_on=today - datetime.timedelta(days=30 + line % 3000), channel="outlet",
            outlet_district="Chaoyang, Beijing", identity_check="portrait",
        )  # fmt: skip
        row.number = number
        rows.append(row)
    Registration.objects.bulk_create(rows, batch_size=2000)


@contextmanager
def web(application: str) -> Iterator[int]:
    """A server as the portal starts its own; yields its port when it answers."""
    port = free_port()
    environment = os.environ | {
        "PORTAL_PROCESS": "web",
        "PORTAL_SECRET_KEY": settings.SECRET_KEY,
        "PORTAL_INSECURE_LOOPBACK": "1",
        "PORTAL_DEMO": "0",
        "PORTAL_STAFF_NEED_PASSKEY": "0",
        "PORTAL_BASE_URL": f"http://localhost:{port}",
        "PORT": str(port),
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        application,
        *WEB_SERVER,
        "--no-control-socket",
        "--log-level",
        "warning",
    ]
    server = subprocess.Popen([*command, "--bind", f"127.0.0.1:{port}"], env=environment, cwd=settings.BASE_DIR)
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            ground.KeptOpen(port).get("/livez", "")
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("The server did not come up.")


def _bare_people(people: list[uuid.UUID]) -> list[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS bare CASCADE; CREATE SCHEMA bare")
    made = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bare", *map(str, people)],
        stdout=subprocess.PIPE, text=True, check=True, cwd=settings.BASE_DIR,
    )  # fmt: skip
    return made.stdout.split()
