"""`make run` in a fresh checkout, as somebody at a terminal has it: what tests of the whole portal start from."""

import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from portal.embedded import processes
from portal.supervisor import MARK
from tests.ports import SANDBOXES, free_port

ROOT = Path(__file__).resolve().parents[1]
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "MAKEFLAGS", "MAKELEVEL", "TMPDIR")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a clone would hold, with the installed dependencies lent to it."""
    if not (ROOT / ".venv" / ".stamp").exists():
        pytest.skip("the dependencies were not installed by make: a copy would install them again")
    folder = tmp_path_factory.mktemp("clone") / "portal"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache"))
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def port() -> int:
    return free_port(*SANDBOXES)


class Run:
    """`make run` as somebody at a terminal has it: a process group that Ctrl-C reaches as a whole."""

    def __init__(self, checkout: Path, home: Path, port: int) -> None:
        self.checkout, self.port = checkout, port
        self.said = checkout.parent / f"said-{time.monotonic_ns()}.txt"
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in OURS and not name.startswith(("PORTAL_", "PYTEST", "XDG_", "PG"))
        }
        self.began = time.monotonic()
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                ["make", "run"],
                cwd=checkout,
                env=kept | {"HOME": str(home), "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for(self, words: str, seconds: float = 180) -> float:
        """Seconds from the start until the words are said."""
        heard = processes.wait_until(
            lambda: words in self.said.read_text() or self.process.poll() is not None, seconds=seconds, every=0.05
        )
        assert heard, self.said.read_text()
        assert words in self.said.read_text(), self.said.read_text()
        return time.monotonic() - self.began

    def page(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code

    def supervisor(self) -> int:
        """The process that supervises, below make."""
        return next(pid for pid in self.processes() if "portal.stack" in processes.command_line(pid))

    def processes(self) -> list[int]:
        """Every living process that belongs to this checkout."""
        mark = f"{MARK}={self.checkout / 'var'}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                pid = int(folder.name)
                ours = mark in (folder / "environ").read_bytes().split(b"\0") or self.checkout in (
                    here := (folder / "cwd").readlink(),
                    *here.parents,
                )
                if ours and processes.alive(pid):
                    found.append(pid)
        return found


@contextmanager
def running(checkout: Path, home: Path, port: int) -> Iterator[Run]:
    run = Run(checkout, home, port)
    try:
        yield run
    finally:
        for pid in run.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        run.process.wait(60)
        assert processes.wait_until(lambda: run.processes() == [], seconds=60, every=0.1)
