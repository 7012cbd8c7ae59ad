"""`make run` in a fresh checkout: the first page comes quickly, and whatever ends it, nothing stays behind."""

import os
import re
import shutil
import signal
import socket
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

pytestmark = pytest.mark.stack
ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "MAKEFLAGS", "MAKELEVEL", "TMPDIR")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a clone would hold, with the installed dependencies lent to it."""
    if not (ROOT / ".venv" / ".stamp").exists():
        pytest.skip("the dependencies were not installed by make: a copy would install them again")
    folder = tmp_path_factory.mktemp("clone") / "portal"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def port() -> int:
    """Free now, together with those of the sandbox carriers; below what the kernel gives away by itself."""
    return next(
        number
        for number in range(18000, 30000, 211)
        if all(map(processes.port_is_free, (number, number + 101, number + 102)))
    )


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

    def wait_for(self, words: str, seconds: float = 60) -> float:
        """Seconds from the start until the words are said."""
        heard = processes.wait_until(
            lambda: words in self.said.read_text() or self.process.poll() is not None, seconds=seconds
        )
        assert heard, self.said.read_text()
        assert words in self.said.read_text(), self.said.read_text()
        return time.monotonic() - self.began

    def page(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=10) as answer:
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
        run.process.wait(30)
        assert processes.wait_until(lambda: run.processes() == [], seconds=10)


@pytest.fixture(scope="module")
def first_run(checkout: Path, home: Path, port: int) -> dict[str, float]:
    """The first `make run` of this checkout, ended by Ctrl-C once its sample world stood; what it took."""
    with running(checkout, home, port) as run:
        took = {"first page": run.wait_for("The portal is open")}
        assert run.page("/") == 200
        assert run.page("/demo/") == 200
        took["world"] = run.wait_for("The sample world is ready", 120)
        os.killpg(run.process.pid, signal.SIGINT)
        run.process.wait(30)
        assert run.processes() == []
    return took


def test_the_first_page_comes_within_15_seconds(first_run: dict[str, float]) -> None:
    assert first_run["first page"] < 15


def test_a_second_run_answers_within_6_seconds_and_keeps_the_data(
    first_run: dict[str, float], checkout: Path, home: Path, port: int
) -> None:
    secret, keyring = (checkout / "var" / "secret_key").read_bytes(), (checkout / "var" / "keyring.json").read_bytes()
    with running(checkout, home, port) as run:
        assert run.wait_for("The portal is open") < 6
        assert "Making the tables" not in run.said.read_text()
        assert (checkout / "var" / "secret_key").read_bytes() == secret
        assert (checkout / "var" / "keyring.json").read_bytes() == keyring


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_every_process(
    first_run: dict[str, float], checkout: Path, home: Path, port: int, number: signal.Signals
) -> None:
    with running(checkout, home, port) as run:
        run.wait_for("The portal is open")
        os.kill(run.supervisor(), number)
        assert run.process.wait(30) == 0, run.said.read_text()
        assert run.processes() == []
        assert "Traceback" not in run.said.read_text()


def test_a_signal_to_make_alone_ends_every_process(
    first_run: dict[str, float], checkout: Path, home: Path, port: int
) -> None:
    with running(checkout, home, port) as run:
        run.wait_for("The portal is open")
        run.process.terminate()
        run.process.wait(30)
        assert processes.wait_until(lambda: run.processes() == [], seconds=20)


def test_after_a_kill_nothing_stays_and_the_next_run_works(
    first_run: dict[str, float], checkout: Path, home: Path, port: int
) -> None:
    with running(checkout, home, port) as run:
        run.wait_for("The portal is open")
        os.kill(run.supervisor(), signal.SIGKILL)
        run.process.wait(30)
        assert processes.wait_until(lambda: run.processes() == [], seconds=20), list(
            map(processes.command_line, run.processes())
        )
    with running(checkout, home, port) as run:
        run.wait_for("The portal is open")
        assert run.page("/") == 200


def test_a_worker_that_dies_comes_back(first_run: dict[str, float], checkout: Path, home: Path, port: int) -> None:
    with running(checkout, home, port) as run:
        run.wait_for("celery@")
        worker = next(pid for pid in run.processes() if "portal worker" in processes.command_line(pid))
        os.kill(worker, signal.SIGKILL)
        run.wait_for("worker was ended by SIGKILL; it starts again in 1 s")
        assert processes.wait_until(
            lambda: any("portal worker" in processes.command_line(pid) and pid != worker for pid in run.processes()),
            seconds=20,
        )


def test_a_port_in_use_is_one_sentence(first_run: dict[str, float], checkout: Path, home: Path, port: int) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with running(checkout, home, port) as run:
            assert run.process.wait(30) != 0
            ours = [line for line in run.said.read_text().splitlines() if not line.startswith("make")]
            assert len(ours) == 1
            assert re.match(rf"Port {port} is already in use", ours[0])


def test_the_home_folder_is_as_it_was(first_run: dict[str, float], home: Path) -> None:
    assert list(home.iterdir()) == []
