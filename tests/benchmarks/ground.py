"""What the benchmarks share: a database with tables, rows by the million, a citizen's session, psql, the figures."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.test import Client
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.identity import services
from lookups.identity.models import Account
from lookups.registry.models import Feed, FeedKind, FeedState, Registration
from lookups.vault import keyring
from tests.cast import sign_in

LINES_EACH = 8  # the registrations of an invented person, over CARRIERS
CARRIERS = 4
_CODES = ("bench", "other", *(f"c{at}" for at in range(CARRIERS)))

_FILL = """
INSERT INTO registry_registration (id, subject, carrier_id, number_index, sealed_by, number, service, plan, status,
    activated_on, channel, outlet_district, identity_check, feed_id)
SELECT (left(person, 6) || right(md5(line::text), 26))::uuid, person::uuid,
    (%(carriers)s::uuid[])[line %% {carriers} + 1],
    md5('n' || line)::uuid, (%(feeds)s::uuid[])[line %% {carriers} + 1], decode(repeat('00', 43), 'hex'), 'mobile',
    'prepaid', 'active', date '2015-01-01' + (line %% 3650)::int, 'outlet', 'Chaoyang, Beijing', 'document',
    (%(feeds)s::uuid[])[line %% {carriers} + 1]
FROM (SELECT line, md5('p' || line / {each}) AS person
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) line) lines
ORDER BY 1
"""


def make_ready() -> None:
    """Tables that hold no registration yet, a keyring, and a benchmark's carriers. Only where nobody's records are."""
    if not Path(settings.PORTAL_KEYRING).exists():
        keyring.create(settings.PORTAL_KEYRING)
    call_command("migrate", database="owner", verbosity=0)
    if Registration.objects.exclude(carrier__code__in=_CODES).exists():
        sys.exit("This database holds records that are not a benchmark's.")
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE registry_registration, registry_feed CASCADE")
    for code in ("bench", "other"):
        Carrier.objects.get_or_create(code=code, defaults={"name": code.title()})


def fill(first: int, last: int) -> None:
    """Registrations number ``first`` to ``last``; their numbers are not sealed, since nobody reads them."""
    carriers = [Carrier.objects.get_or_create(code=f"c{at}", defaults={"name": f"C{at}"})[0] for at in range(CARRIERS)]
    now = timezone.now()
    feeds = [
        Feed.objects.get_or_create(
            carrier=carrier,
            defaults={
                "kind": FeedKind.SNAPSHOT, "as_of": now, "received_at": now, "applied_at": now,
                "digest": b"", "state": FeedState.APPLIED,
            },
        )[0]
        for carrier in carriers
    ]  # fmt: skip
    names = {"carriers": [str(carrier.pk) for carrier in carriers], "feeds": [str(feed.pk) for feed in feeds]}
    with connections["owner"].cursor() as cursor:
        cursor.execute(_FILL.format(carriers=CARRIERS, each=LINES_EACH), names | {"first": first, "last": last})
        cursor.execute("VACUUM ANALYZE registry_registration")


def person(number: int) -> uuid.UUID:
    """The subject of the invented person ``number``."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT md5('p' || %s)::uuid", [number])
        return uuid.UUID(str(cursor.fetchone()[0]))


def cookies_of(account: Account) -> str:
    """The cookie header of a browser in which this person has shown both factors, in forms of ours among others."""
    client = sign_in(Client(), account)
    form = HttpRequest()
    get_token(form)
    client.cookies[settings.CSRF_COOKIE_NAME] = form.META["CSRF_COOKIE"]
    return "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items())


def citizen(subject: uuid.UUID) -> Account:
    account = services.create_citizen_of([("CN-RIC", subject)], password=services.encode_password(uuid.uuid4().hex))
    services.add_authenticator(account, b"x" * 20)
    return account


def program(name: str) -> str:
    """psql or pgbench: the wheel's, else the machine's."""
    wheel = Path(os.environ.get("PORTAL_POSTGRES_BIN", "")) / name
    return str(wheel) if wheel.is_file() else shutil.which(name) or sys.exit(f"There is no {name} here.")


def postgres_environment(alias: str = "owner") -> dict[str, str]:
    """For programs of PostgreSQL: how to reach the database."""
    place = settings.DATABASES[alias]
    return os.environ | {
        "PGHOST": str(place["HOST"]),
        "PGPORT": str(place["PORT"] or 5432),
        "PGUSER": str(place["USER"]),
        "PGPASSWORD": str(place["PASSWORD"]),
        "PGDATABASE": str(place["NAME"]),
    }


def run_measured(command: Sequence[str]) -> tuple[float, float]:
    """Seconds, Python's start included, and the peak megabytes of the program and its workers together."""
    begun = time.perf_counter()
    child = subprocess.Popen([sys.executable, *command], cwd=settings.BASE_DIR)
    peak = 0.0
    while child.poll() is None:
        peak = max(peak, sum(map(_megabytes, [child.pid, *_children(child.pid)])))
        time.sleep(0.2)
    if child.returncode:
        sys.exit(f"{command[0]} failed.")
    return time.perf_counter() - begun, peak


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _megabytes(pid: int) -> float:
    """What the process has for itself and its share of what it shares (Pss)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


class Load:
    """Readers that ask a server for one page, over and over, each on a connection of its own."""

    def __init__(self, port: int, path: str, cookies: Sequence[str], *, readers: int, pace: float = 0) -> None:
        """``pace``: requests per second of all readers together; 0 is as fast as answers come."""
        self._port, self._path, self._cookies, self._readers, self._pace = port, path, cookies, readers, pace
        self._ending = threading.Event()
        self.seconds: list[float] = []

    def run(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> "Load":
        """Ask for so many seconds, or ``until``; ``self.seconds`` then holds how long each answer took."""
        begun = time.perf_counter()
        threads = [threading.Thread(target=self._read, args=(at,)) for at in range(self._readers)]
        for thread in threads:
            thread.start()
        while not self._ending.wait(0.1):
            if time.perf_counter() - begun > seconds or until():
                self._ending.set()
        for thread in threads:
            thread.join()
        self.took = time.perf_counter() - begun
        return self

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.took

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        return sorted(self.seconds)[int(share * (len(self.seconds) - 1))] * 1000

    def _read(self, at: int) -> None:
        connection = KeptOpen(self._port)
        turn = at
        while not self._ending.is_set():
            cookie = self._cookies[turn % len(self._cookies)]
            turn += self._readers
            begun = time.perf_counter()
            status = connection.get(self._path, cookie)
            self.seconds.append(time.perf_counter() - begun)
            if status != 200:
                raise SystemExit(f"{self._path} answers {status}.")
            if self._pace:
                self._ending.wait(max(0, self._readers / self._pace - self.seconds[-1]))


class KeptOpen:
    """As little of HTTP as asks for a page, so that the measuring takes no more of the machine than it must."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connect()

    def get(self, path: str, cookie: str) -> int:
        """The status of the page, once all of it was read."""
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nCookie: {cookie}\r\n\r\n"
        self._socket.sendall(request.encode())
        head = b""
        while b"\r\n\r\n" not in head:
            more = self._socket.recv(65536)
            if not more:
                self._connect()
                return self.get(path, cookie)
            head += more
        head, _end, body = head.partition(b"\r\n\r\n")
        lower = head.lower()
        size = int(lower.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        while len(body) < size:
            body += self._socket.recv(65536)
        if b"connection: close" in lower:
            self._connect()
        return int(head.split(b" ", 2)[1])

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), 60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
