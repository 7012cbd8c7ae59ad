"""Both servers together, under one lock: one supervisor per `var/`, and a second one is told so."""

import contextlib
import fcntl
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from portal.embedded import state
from portal.embedded.postgres import Postgres, bundled_binaries
from portal.embedded.problems import EmbeddedError
from portal.embedded.secrets import new_password, private_folder
from portal.embedded.valkey import Valkey


@dataclass
class Services:
    """The running servers. Whoever called `start()` must call `stop()`; should it die first, the kernel ends them."""

    var: Path
    lock: IO[str] = field(repr=False)
    postgres: Postgres | None
    valkey: Valkey | None
    throwaway: bool = False

    @property
    def addresses(self) -> state.Addresses:
        return state.Addresses(
            database_url=self.postgres.url("portal") if self.postgres else "",
            database_owner_url=self.postgres.url("owner") if self.postgres else "",
            redis_url=self.valkey.url if self.valkey else "",
            postgres_bin=str(self.postgres.binaries) if self.postgres else "",
            supervisor_pid=os.getpid(),
        )

    def environment(self) -> dict[str, str]:
        return self.addresses.environment()

    def revive(self) -> list[str]:
        """Start again whichever server died, at its old address; returns the names of those that had."""
        revived = []
        for name, server in (("postgres", self.postgres), ("valkey", self.valkey)):
            if server is not None and server.dead():
                server.start()
                revived.append(name)
        if revived:
            state.write(self.var, self.addresses)
        return revived

    def stop(self) -> None:
        state.forget(self.var)
        for server in (self.valkey, self.postgres):
            if server is not None:
                server.stop()
        self.lock.close()
        if self.throwaway:
            shutil.rmtree(self.var, ignore_errors=True)


def start(
    var: Path = state.VAR,
    *,
    durable: bool = True,
    binaries: Path | None = None,
    postgres: bool = True,
    valkey: bool = True,
) -> Services:
    """Start PostgreSQL and Valkey with their data under `var`; `durable=False` is for data that may be lost.

    `postgres=False` or `valkey=False` leaves that one out (somebody else's is used). Call it from the main thread.
    Raises EmbeddedError with a sentence when the servers cannot run here, or run already.
    """
    private_folder(var)
    logs = var / "log"
    services = Services(var=var, lock=_lock(var), postgres=None, valkey=None)
    try:
        if valkey:
            services.valkey = Valkey(var / "valkey", logs / "valkey.log", new_password())
            services.valkey.start()
        if postgres:
            services.postgres = Postgres(
                var / "postgres", logs / "postgres.log", durable=durable, binaries=binaries or bundled_binaries()
            )
            services.postgres.start()
        state.write(var, services.addresses)
    except BaseException:
        services.stop()
        raise
    return services


def start_throwaway(var: Path = state.VAR, *, binaries: Path | None = None, durable: bool = False) -> Services:
    """Servers with new, empty data in a folder of their own under `var`, fast (unless durable) and gone at `stop()`."""
    place = private_folder(var / "throwaway")
    _sweep(place)
    folder = place / str(os.getpid())
    try:
        services = start(folder, durable=durable, binaries=binaries)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    services.throwaway = True
    return services


def _sweep(place: Path) -> None:
    """Remove the data of runs that were killed before they could."""
    for folder in place.iterdir():
        with contextlib.suppress(EmbeddedError, OSError):
            _lock(folder).close()
            shutil.rmtree(folder, ignore_errors=True)


def _lock(var: Path) -> IO[str]:
    """Held as long as the file stays open: the kernel lets go of it however we end."""
    lock = (var / "embedded.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        found = state.read(var)
        who = f" (process {found.supervisor_pid})" if found else ""
        raise EmbeddedError(f"The portal's own servers already run in this checkout{who}: stop them first.") from None
    return lock
