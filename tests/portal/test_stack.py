"""`make run` in a fresh checkout: it comes quickly, and whatever ends it, nothing stays behind."""

import os
import re
import signal
import socket
from pathlib import Path

import pytest

from portal.embedded import processes
from tests.checkout import running
from tests.ports import free_port

pytestmark = pytest.mark.stack


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


def test_the_first_page_comes_and_then_the_sample_world(first_run: dict[str, float]) -> None:
    """How long it took is said, not judged: machines differ."""
    print("\nSeconds after `make run`:", {name: round(seconds, 1) for name, seconds in first_run.items()})
    assert first_run["first page"] < first_run["world"]


def test_a_second_run_keeps_the_data(first_run: dict[str, float], checkout: Path, home: Path, port: int) -> None:
    secret, keyring = (checkout / "var" / "secret_key").read_bytes(), (checkout / "var" / "keyring.json").read_bytes()
    with running(checkout, home, port) as run:
        print(f"\nThe second `make run` answered after {run.wait_for('The portal is open'):.1f} s.")
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


def test_a_port_in_use_is_one_sentence(first_run: dict[str, float], checkout: Path, home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port := free_port()))
        other.listen()
        with running(checkout, home, port) as run:
            assert run.process.wait(30) != 0
            ours = [line for line in run.said.read_text().splitlines() if not line.startswith("make")]
            assert len(ours) == 1
            assert re.match(rf"Port {port} is already in use", ours[0])


def test_the_home_folder_is_as_it_was(first_run: dict[str, float], home: Path) -> None:
    assert list(home.iterdir()) == []
