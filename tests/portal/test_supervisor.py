"""The supervisor shows what its programs say, restarts what dies, and ends everything it started."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal.embedded import processes
from portal.supervisor import MARK, Program, Supervisor, end_leftovers

WAITS = [sys.executable, "-c", "import signal; signal.pause()"]


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(logs=tmp_path / "log", mark=str(tmp_path), environment={"FROM": "the supervisor"})


@pytest.fixture(autouse=True)
def _own_signals() -> object:
    """The supervisor takes over signals: give them back to the test run."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_what_a_program_says_is_shown_under_its_name_and_kept(
    supervisor: Supervisor, capfd: pytest.CaptureFixture[str]
) -> None:
    with supervisor:
        code = supervisor.run(
            Program("speaker", ["sh", "-c", "echo $FROM; echo again >&2; printf end; exit 3"], once=True)
        )
    assert code == 3
    assert capfd.readouterr().out.splitlines() == [
        "speaker   | the supervisor",
        "speaker   | again",
        "speaker   | end",
    ]
    log = supervisor.logs / "speaker.log"
    assert log.read_text() == "the supervisor\nagain\nend"
    assert log.stat().st_mode & 0o077 == 0


def test_a_quiet_program_is_heard_in_its_log_only(supervisor: Supervisor, capfd: pytest.CaptureFixture[str]) -> None:
    with supervisor:
        supervisor.run(Program("quiet", ["echo", "hush"], once=True, quiet=True))
    assert capfd.readouterr().out == ""
    assert supervisor.last_words("quiet") == "hush"


def test_the_log_of_the_run_before_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    for word in ("first", "second"):
        with Supervisor(logs=tmp_path, mark="x", environment={}) as supervisor:
            supervisor.run(Program("one", ["echo", word], once=True))
    assert (tmp_path / "one.log").read_text() == "second\n"
    assert (tmp_path / "one.log.1").read_text() == "first\n"


def test_a_program_that_dies_starts_again_and_takes_its_helpers_along(
    supervisor: Supervisor, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    helpers = tmp_path / "helpers"
    dies = f"sleep 600 & echo $! >> {helpers}; exit 2"
    with supervisor:
        supervisor.start(Program("dies", ["sh", "-c", dies]))
        supervisor.watch(lambda: helpers.exists() and len(helpers.read_text().split()) == 2)
        first = int(helpers.read_text().split()[0])
        assert not processes.alive(first)
        assert supervisor.deaths("dies") in (1, 2)
    assert "dies ended with exit code 2; it starts again in 1 s" in capfd.readouterr().out
    assert not any(processes.alive(int(pid)) for pid in helpers.read_text().split())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_watch(supervisor: Supervisor, number: signal.Signals) -> None:
    with supervisor:
        supervisor.start(Program("waits", WAITS))
        ends = time.monotonic() + 30
        os.kill(os.getpid(), number)
        waited_in_vain = False

        def in_vain() -> bool:
            nonlocal waited_in_vain
            waited_in_vain = time.monotonic() > ends
            return waited_in_vain

        supervisor.watch(in_vain)
    assert not waited_in_vain


def test_nothing_is_left_after_a_killed_supervisor(tmp_path: Path) -> None:
    stubborn = (
        "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
    )
    script = (
        "import sys; from pathlib import Path; from portal.supervisor import Program, Supervisor\n"
        "with Supervisor(logs=Path(sys.argv[1]), mark=sys.argv[1], environment={}) as all_of_them:\n"
        f"    all_of_them.start(Program('polite', {WAITS!r}))\n"
        f"    all_of_them.start(Program('stubborn', [sys.executable, '-c', {stubborn!r}]))\n"
        "    all_of_them.watch(lambda: False)\n"
    )
    killed = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.DEVNULL)
    said = tmp_path / "stubborn.log"
    assert processes.wait_until(lambda: said.exists() and said.read_text() == "up\n", seconds=60)
    killed.kill()
    killed.wait()
    assert end_leftovers(str(tmp_path)) >= 1
    assert _marked(tmp_path) == []


def _marked(folder: Path) -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{MARK}={folder}".encode() in file.read_bytes().split(b"\0") and processes.alive(int(file.parent.name)):
                found.append(file.parent.name)
        except OSError:
            continue
    return found
