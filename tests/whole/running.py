"""The portal as processes of its own on the test's database: a web server, a worker with its clock, commands.

What they print is kept, as are the files they leave in their temporary folder. A test that uses this needs
``django_db(transaction=True)``: other processes see only what was committed.
"""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings
from django.db import connections
from redis import Redis

from portal.embedded import processes
from tests import ports
from tests.doubles.sandbox import wait_until
from tests.ports import free_port

METRICS_TOKEN = "a token for the metrics"
# Doorbells of these processes ring in a database of their own: tests beside this one have theirs.
_BROKER_DATABASE = 7 + ports.worker() % 8


class RunningPortal:
    """``with RunningPortal(folder, PORTAL_DEMO="1") as portal:`` then start what the test needs."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.feeds = folder / "feeds"
        self.broker = urlunsplit(urlsplit(settings.REDIS_URL)._replace(path=f"/{_BROKER_DATABASE}"))
        self._logs = folder / "logs"
        self._running: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **os.environ,
            "DATABASE_URL": database_url("default"),
            "DATABASE_OWNER_URL": database_url("owner"),
            "REDIS_URL": self.broker,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PORTAL_SECRET_KEY": settings.SECRET_KEY,
            "PORTAL_METRICS_TOKEN": METRICS_TOKEN,
            "PORTAL_INSECURE_LOOPBACK": "1",
            "PORTAL_UNDO_SECONDS": "0",
            "PORTAL_SWEEP_SECONDS": "0.3",
            "PORTAL_POLL_SECONDS": "1",
            "PORT": str(self.port),
            "TMPDIR": str(self.temporary),
            "PORTAL_FEEDS_FOLDER": str(self.feeds),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }

    def __enter__(self) -> Self:
        with Redis.from_url(self.broker) as broker:
            broker.flushdb()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for process in self._running:
            processes.stop(process, signal.SIGTERM, seconds=5)
        connections.close_all()

    def start_web(self) -> None:
        """As ``manage.py stack`` starts it; ``wait_for_web`` returns when it answers."""
        how = ("--worker-class", "gthread", "--threads", "4", "--no-control-socket", "--log-level", "warning")
        self._start("web", "-m", "gunicorn", "portal.wsgi:application", *how, "--bind", f"127.0.0.1:{self.port}")

    def wait_for_web(self) -> None:
        wait_until(lambda: self.get("/livez") == 200, seconds=60)

    def start_worker(self) -> None:
        """A worker that is its own clock."""
        warning = "ignore:You're running the worker with superuser"
        pool = ("--pool", "prefork", "--concurrency", "1", "--without-gossip", "--without-mingle")
        clock = ("--beat", "--schedule", str(self._logs / "schedule"))
        celery = ("-W", warning, "-m", "celery", "--quiet", "-A", "portal", "worker", "--loglevel", "INFO")
        self._start("worker", *celery, *pool, *clock)

    def start_importer(self) -> subprocess.Popen[bytes]:
        """The worker that reads delivered feeds."""
        warning = "ignore:You're running the worker with superuser"
        alone = ("--queues", "feeds", "--concurrency", "1", "--without-gossip", "--without-mingle")
        celery = ("-W", warning, "-m", "celery", "--quiet", "-A", "portal", "worker", "--hostname", "importer@%h")
        return self._start("importer", *celery, "--loglevel", "INFO", *alone)

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """One ``manage.py`` command, to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            input=stdin,
            capture_output=True,
            text=True,
            env=self._environment | {"PORTAL_PROCESS": "command"},
            timeout=180,
            check=False,
        )

    def get(self, path: str, **headers: str) -> int:
        """The status of one request of nobody's; 0 while nobody answers."""
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code
        except OSError:
            return 0

    def logs(self) -> dict[str, str]:
        """Everything that the processes printed."""
        return {f"the log of {file.stem}": file.read_text(errors="replace") for file in self._logs.glob("*.log")}

    def files(self) -> dict[str, bytes]:
        """What lies in the processes' temporary folder right now, and where feeds are kept."""
        found = {}
        for file in (*self.temporary.rglob("*"), *self.feeds.rglob("*")):
            with suppress(OSError):
                if file.is_file():
                    found[f"the temporary file {file.name}"] = file.name.encode() + b"\n" + file.read_bytes()
        return found

    def _start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        environment = self._environment | {"PORTAL_PROCESS": name}
        log = self._logs / f"{name}.log"
        process = processes.launch([sys.executable, *words], log=log, last_signal=signal.SIGTERM, env=environment)
        self._running.append(process)
        return process


def database_url(alias: str) -> str:
    """The test's database, as a process of its own is told about it."""
    known: Mapping[str, Any] = connections[alias].settings_dict
    who = f"{known['USER']}:{quote(known['PASSWORD'], safe='')}"
    return f"postgresql://{who}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


def broker_contents(url: str) -> dict[str, bytes]:
    """Every key of this database of the broker with its whole value."""
    with Redis.from_url(url) as broker:
        read = {
            b"string": broker.get,
            b"list": lambda key: broker.lrange(key, 0, -1),
            b"set": broker.smembers,
            b"hash": broker.hgetall,
            b"zset": lambda key: broker.zrange(key, 0, -1),
            b"stream": broker.xrange,
        }
        kinds = {key: broker.type(key) for key in broker.scan_iter()}
        # A queue that was emptied meanwhile is no key any more.
        there = {key: kind for key, kind in kinds.items() if kind != b"none"}
        return {f"the broker's {key.decode()}": _flat(read[kind](key)) for key, kind in there.items()}


def _flat(value: Any) -> bytes:
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set):
        return b"\n".join(_flat(one) for one in value)
    return value if isinstance(value, bytes) else str(value).encode()
