"""Everything `make run` starts, in which order, and what it tells the person in front of it.

The first page shall answer at once: the web server starts as soon as the tables stand; worker, beat, sandbox carriers
and the sample world follow while it is already open.
"""

import contextlib
import hashlib
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from lookups.vault import keyring
from portal.embedded import EmbeddedError, Services, processes, start
from portal.embedded.secrets import private_folder, write_private
from portal.embedded.state import VAR
from portal.supervisor import Program, Supervisor, end_leftovers

ROOT = VAR.parent
SANDBOX_CARRIERS = ("northern", "western")
# How the pages are served; benchmarks serve theirs alike.
WEB_SERVER = ("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "5")
_FIRST_SANDBOX_PORT = 101  # Above PORT.
_HOPELESS = 5  # Deaths of a web server that has never answered.
_FIRST_PAGE_SECONDS = 60.0


class Impossible(Exception):
    """The stack cannot start; the text is a whole sentence for whoever typed the command."""


def main(environment: Mapping[str, str], var: Path = VAR) -> int:
    """Run everything until a signal ends it; the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    began = time.monotonic()
    services: Services | None = None
    try:
        port = _port(environment)
        own_database, own_broker = (
            "DATABASE_URL" not in environment,
            "REDIS_URL" not in environment,
        )
        demo = environment.get("PORTAL_DEMO", "1" if own_database else "0").lower() in {
            "1",
            "true",
            "yes",
            "on",
        }
        _check_servers(environment)
        for folder in ("tmp", "static"):  # WhiteNoise warns when the second is missing.
            private_folder(var / folder)
        services = start(var, postgres=own_database, valkey=own_broker)
        end_leftovers(str(var))
        hosts = _check_ports(port, demo)
        if demo:
            _ensure_keyring(Path(environment.get("PORTAL_KEYRING", var / "keyring.json")), services)
        stack = Stack(services, port=port, hosts=hosts, demo=demo, began=began)
        return stack.run()
    except (Impossible, EmbeddedError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        if services is not None:
            services.stop()


class Stack:
    """The programs of one portal around its running servers."""

    def __init__(
        self,
        services: Services,
        *,
        port: int,
        hosts: list[str],
        demo: bool,
        began: float,
    ) -> None:
        self.services, self.port, self.hosts, self.demo, self.began = (
            services,
            port,
            hosts,
            demo,
            began,
        )
        self.var = services.var
        self.supervisor = Supervisor(
            logs=self.var / "log",
            mark=str(self.var),
            environment={
                **services.environment(),
                "PORT": str(port),
                "PORTAL_DEMO": "1" if demo else "0",
                "DJANGO_SETTINGS_MODULE": "portal.settings",
                # Uploads and heartbeats are written in the checkout, not in the machine's folder for everybody.
                "TMPDIR": str(self.var / "tmp"),
            },
        )

    def run(self) -> int:
        with self.supervisor as supervisor:
            up_to_date = self._tables_stand()
            if not up_to_date:
                supervisor.say("Making the tables …")
                self._migrate()
            supervisor.start(self._web())
            self._wait_for_first_page()
            if not supervisor.ending:
                self._announce()
                if up_to_date:
                    self._migrate()  # Somebody may have undone a migration by hand: then it is applied here.
                self._start_the_rest()
                self._watch_to_the_end()
            supervisor.say("Ending …")
        return 0

    def _watch_to_the_end(self) -> None:
        """Until a signal comes: the programs are the supervisor's, the two servers ours to bring back."""
        told = not self.demo

        def look() -> bool:
            nonlocal told
            for name in self.services.revive():
                self.supervisor.say(f"{name} had died and was started again.")
            if not told and "world" in self.supervisor.finished:
                told = True
                self._tell_about_the_world()
            return False

        self.supervisor.watch(look)

    def _python(
        self,
        name: str,
        *words: str,
        once: bool = False,
        quiet: bool = False,
        **settings: str,
    ) -> Program:
        return Program(
            name,
            [sys.executable, *words],
            environment={"PORTAL_PROCESS": name, **settings},
            once=once,
            quiet=quiet,
        )

    def _web(self) -> Program:
        bind = [
            word
            for host in self.hosts
            for word in (
                "--bind",
                f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}",
            )
        ]
        # Gunicorn would otherwise write a control socket into the home folder.
        where = [
            "--worker-tmp-dir",
            str(self.var / "tmp"),
            "--no-control-socket",
            "--log-level",
            "warning",
        ]
        return self._python("web", "-m", "gunicorn", "portal.wsgi:application", *WEB_SERVER, *where, *bind)

    def _start_the_rest(self) -> None:
        # Root in a developer's container is no news; nor is the banner.
        celery = ("-W", "ignore:You're running the worker with superuser", "-m", "celery", "--quiet", "-A", "portal")
        start = self.supervisor.start
        if self.demo:
            start(self._python("world", "manage.py", "make_sample_world", "--if-empty", once=True))
            for number, carrier in enumerate(SANDBOX_CARRIERS):
                port = str(self.port + _FIRST_SANDBOX_PORT + number)
                # A carrier remembers its tickets from one run to the next, as the portal does its disputes.
                memory = ("--memory", str(self.var / "sandbox" / f"{carrier}-tickets.json"))
                start(self._python(carrier, "manage.py", "sandbox_carrier", carrier, "--port", port, *memory))
        pool = (
            "--pool",
            "prefork",
            "--concurrency",
            "2",
            "--without-gossip",
            "--without-mingle",
        )
        start(self._python("worker", *celery, "worker", "--loglevel", "INFO", *pool))
        alone = ("--queues", "feeds", "--concurrency", "1", "--without-gossip", "--without-mingle")
        start(self._python("importer", *celery, "worker", "--hostname", "importer@%h", "--loglevel", "INFO", *alone))
        start(self._python("beat", *celery, "beat", "--loglevel", "INFO", "--pidfile="))

    def _migrate(self) -> None:
        words = ("manage.py", "migrate", "--database", "owner", "--noinput")
        code = self.supervisor.run(self._python("migrate", *words, once=True, quiet=True))
        if self.supervisor.ending:
            return
        if code != 0:
            log = self.supervisor.logs / "migrate.log"
            raise Impossible(
                f"The tables could not be made ({self.supervisor.last_words('migrate')}); the whole story is in {log}."
            )
        if self.services.postgres:
            write_private(self._stamp, _digest_of_migrations())

    @property
    def _stamp(self) -> Path:
        return self.var / "migrated"

    def _tables_stand(self) -> bool:
        """Whether our own cluster has seen exactly these migrations: then the web server need not wait for them."""
        postgres = self.services.postgres
        if postgres is None or postgres.is_new or not self._stamp.exists():
            return False
        return self._stamp.read_text() == _digest_of_migrations()

    def _wait_for_first_page(self) -> None:
        give_up = time.monotonic() + _FIRST_PAGE_SECONDS
        first_page = FirstPage(self.port)
        while not self.supervisor.ending and not first_page.answers():
            if self.supervisor.deaths("web") >= _HOPELESS or time.monotonic() > give_up:
                log = self.supervisor.logs / "web.log"
                raise Impossible(f"The web server does not answer; what it said is in {log}.")
            self.supervisor.tick()

    def _announce(self) -> None:
        here = f"http://localhost:{self.port}"
        say = self.supervisor.say
        say("")
        say(f"The portal is open, {time.monotonic() - self.began:.1f} s after the start:")
        say(f"  {here}/          for citizens")
        if self.demo:
            say(f"  {here}/demo/     with whom to sign in, their codes, and every message the portal would have sent")
        say(f"  {here}/console/  for carriers' staff")
        say(f"Logs are in {self.var / 'log'}. Ctrl-C ends everything.")

    def _tell_about_the_world(self) -> None:
        took = time.monotonic() - self.began
        if self.supervisor.finished["world"] == 0:
            self.supervisor.say(f"The sample world is ready, {took:.1f} s after the start.")
        else:
            log = self.supervisor.logs / "world.log"
            self.supervisor.say(f"The sample world could not be made; what happened is in {log}.")


class FirstPage:
    """Asks for `/` without ever waiting: gunicorn takes the connection long before a worker can answer it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection: socket.socket | None = None

    def answers(self) -> bool:
        """Whether a page came that is not an error of the server."""
        try:
            if self.connection is None:
                self.connection = socket.create_connection((processes.LOOPBACK, self.port), 0.5)
                host = f"localhost:{self.port}".encode()
                self.connection.sendall(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
                self.connection.setblocking(False)
            said = self.connection.recv(64)
        except BlockingIOError:
            return False
        except OSError:
            said = b""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        words = said.split(b" ", 2)
        return len(words) > 1 and words[0].startswith(b"HTTP/1.") and words[1] < b"500"


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _port(environment: Mapping[str, str]) -> int:
    text = environment.get("PORT", "8000")
    highest = 65535 - _FIRST_SANDBOX_PORT - len(SANDBOX_CARRIERS)
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= highest:
        raise Impossible(f"PORT={text} is not a port: give a number from 1 to {highest}.")
    return int(text)


def _check_ports(port: int, demo: bool) -> list[str]:
    """The loopback addresses to listen on, after making sure that nobody else does."""
    hosts = [processes.LOOPBACK, *(["::1"] if _has_ipv6() else [])]
    sandboxes = [port + _FIRST_SANDBOX_PORT + number for number in range(len(SANDBOX_CARRIERS))] if demo else []
    for wanted in [port, *sandboxes]:
        if not all(processes.port_is_free(wanted, host) for host in hosts):
            raise Impossible(
                f"Port {wanted} is already in use: end the program that uses it, or choose another one, "
                f"for example PORT={port + 1000 if port < 60000 else 8000} make run."
            )
    return hosts


def _has_ipv6() -> bool:
    """Whether browsers may reach `localhost` as ::1 here."""
    return socket.has_ipv6 and processes.port_is_free(0, "::1")


def _check_servers(environment: Mapping[str, str]) -> None:
    for name, usual in (
        ("DATABASE_URL", 5432),
        ("DATABASE_OWNER_URL", 5432),
        ("REDIS_URL", 6379),
    ):
        if name not in environment:
            continue
        parts = urlsplit(environment[name])
        if not parts.hostname or parts.hostname.startswith("%2"):
            continue  # A Unix socket: the server's own words will do.
        try:
            socket.create_connection((parts.hostname, parts.port or usual), 5).close()
        except OSError as problem:
            where = f"{parts.hostname}:{parts.port or usual}"
            raise Impossible(f"The server named by {name} does not answer at {where}: {problem.strerror}.") from None


def _ensure_keyring(path: Path, services: Services) -> None:
    """In the demo a keyring is made with the first cluster; a new one for old data would make all of it unreadable."""
    if path.exists():
        with contextlib.suppress(ImproperlyConfigured):  # the portal itself says what is wrong with it
            keyring.complete(path)
        return
    if services.postgres and not services.postgres.is_new and (services.var / "migrated").exists():
        raise Impossible(
            f"The keyring {path} is gone, and without it nobody can read the data in {services.postgres.folder}: "
            "put it back from your back-up, or remove that folder to begin anew."
        )
    keyring.create(path)


def _digest_of_migrations() -> str:
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for file in sorted([*ROOT.glob("lookups/*/migrations/*.py"), *ROOT.glob("portal/migrations/*.py")]):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(os.environ))
