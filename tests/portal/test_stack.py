"""`make run` in a fresh checkout: it comes quickly, and whatever ends it, nothing stays behind."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.embedded import processes
from tests.checkout import Run, running
from tests.ports import free_port

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def first_run(checkout: Path, home: Path, port: int) -> dict[str, float]:
    """The first `make run` of this checkout, ended by Ctrl-C once its sample world stood; what it took."""
    with running(checkout, home, port) as run:
        took = {"first page": run.wait_for("The portal is open")}
        assert run.page("/") == 200
        assert run.page("/demo/") == 200
        took["world"] = run.wait_for("The sample world is ready", 300)
        os.killpg(run.process.pid, signal.SIGINT)
        run.process.wait(60)
        assert run.processes() == []
    return took


@pytest.fixture(scope="module")
def secrets(first_run: dict[str, float], checkout: Path) -> list[bytes]:
    """What must not change any more once data was sealed with it."""
    return secrets_in(checkout)


@pytest.fixture(scope="class")
def left_by_a_kill(secrets: list[bytes], checkout: Path, home: Path, port: int) -> list[str]:
    """What still runs some time after a run's supervisor was killed."""
    with running(checkout, home, port) as run:
        run.wait_for("The portal is open")
        os.kill(run.supervisor(), signal.SIGKILL)
        run.process.wait(60)
        processes.wait_until(lambda: run.processes() == [], seconds=60, every=0.1)
        return list(map(processes.command_line, run.processes()))


@pytest.fixture(scope="class")
def next_run(left_by_a_kill: list[str], checkout: Path, home: Path, port: int) -> Iterator[Run]:
    """The run after that one: ended with the class, since a checkout takes one run at a time."""
    with running(checkout, home, port) as run:
        print(f"\nA further `make run` answered after {run.wait_for('The portal is open'):.1f} s.")
        yield run


def secrets_in(checkout: Path) -> list[bytes]:
    return [(checkout / "var" / name).read_bytes() for name in ("secret_key", "keyring.json")]


def test_the_first_page_comes_and_then_the_sample_world(first_run: dict[str, float]) -> None:
    """How long it took is said, not judged: machines differ."""
    print("\nSeconds after `make run`:", {name: round(seconds, 1) for name, seconds in first_run.items()})
    assert first_run["first page"] < first_run["world"]


class TestARunThatIsKilled:
    """And the run after it, which these tests share: they only look, or kill what comes back."""

    def test_nothing_stays(self, left_by_a_kill: list[str]) -> None:
        assert left_by_a_kill == []

    def test_the_next_one_works(self, next_run: Run) -> None:
        assert next_run.page("/") == 200

    def test_it_keeps_the_data(self, next_run: Run, secrets: list[bytes], checkout: Path) -> None:
        assert "Making the tables" not in next_run.said.read_text()
        assert secrets_in(checkout) == secrets

    def test_a_worker_that_dies_comes_back(self, next_run: Run) -> None:
        run = next_run
        run.wait_for("celery@")
        worker = next(pid for pid in run.processes() if "portal worker" in processes.command_line(pid))
        os.kill(worker, signal.SIGKILL)
        run.wait_for("worker was ended by SIGKILL; it starts again in 1 s")
        assert processes.wait_until(
            lambda: any("portal worker" in processes.command_line(pid) and pid != worker for pid in run.processes()),
            seconds=60,
            every=0.1,
        )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_every_process(
    first_run: dict[str, float], checkout: Path, home: Path, port: int, number: signal.Signals
) -> None:
    with running(checkout, home, port) as run:
        run.wait_for("The portal is open")
        os.kill(run.supervisor(), number)
        assert run.process.wait(60) == 0, run.said.read_text()
        assert run.processes() == []
        assert "Traceback" not in run.said.read_text()


def test_a_signal_to_make_alone_ends_every_process(
    first_run: dict[str, float], checkout: Path, home: Path, port: int
) -> None:
    with running(checkout, home, port) as run:
        run.wait_for("The portal is open")
        run.process.terminate()
        run.process.wait(60)
        assert processes.wait_until(lambda: run.processes() == [], seconds=60, every=0.1)


def test_a_port_in_use_is_one_sentence(first_run: dict[str, float], checkout: Path, home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port := free_port()))
        other.listen()
        with running(checkout, home, port) as run:
            assert run.process.wait(60) != 0
            ours = [line for line in run.said.read_text().splitlines() if not line.startswith("make")]
            assert len(ours) == 1
            assert re.match(rf"Port {port} is already in use", ours[0])


def test_the_home_folder_is_as_it_was(first_run: dict[str, float], home: Path) -> None:
    assert list(home.iterdir()) == []
