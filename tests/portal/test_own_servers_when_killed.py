"""Whatever is killed, nothing is left running and the next start works."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.embedded import processes, state

Asked = Callable[[str, str], str]
RUN = [sys.executable, "-m", "portal.embedded", "run"]
# Blocked, a signal is kept until it is asked for: one that came a moment before `signal.pause()` would be lost.
WAITS = """
import signal
ending = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
signal.pthread_sigmask(signal.SIG_BLOCK, ending)
signal.sigwait(ending)
"""


def _heed_interrupts() -> None:
    """A shell's background jobs, and all that they start, are deaf to Ctrl-C: these tests may be in one."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def supervisor(var: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m portal.embedded run` around a command that waits, once its servers answer."""
    process = subprocess.Popen(
        [*RUN, "--var", str(var), "--", sys.executable, "-c", WAITS],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_heed_interrupts,
    )
    try:
        assert processes.wait_until(lambda: state.running(var) is not None, seconds=60)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(120)


def servers_of(var: Path) -> list[int]:
    """Every living process that works in this cluster, or is the Valkey of this folder."""
    return processes.working_in(var / "postgres") + processes.working_in(var / "valkey")


def test_a_killed_supervisor_takes_its_servers_with_it_and_the_next_one_has_the_data(
    tmp_path: Path, asked: Asked
) -> None:
    var = tmp_path / "var"
    with supervisor(var) as process:
        addresses = state.read(var)
        assert addresses
        asked(addresses.database_owner_url, "CREATE TABLE kept AS SELECT 7 AS number; SELECT 1")
        assert servers_of(var)
        process.kill()
        process.wait()
        assert processes.wait_until(lambda: not servers_of(var), seconds=60)
    with supervisor(var):
        addresses = state.read(var)
        assert addresses
        assert asked(addresses.database_owner_url, "SELECT number FROM kept") == "7"


def test_postgresql_killed_with_its_supervisor_starts_again(tmp_path: Path, asked: Asked) -> None:
    var = tmp_path / "var"
    with supervisor(var) as process:
        postmaster = int((var / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        process.kill()
        process.wait()
    with supervisor(var):
        addresses = state.running(var)
        assert addresses
        assert asked(addresses.database_url, "SELECT 1") == "1"


def test_a_pid_file_that_names_a_stranger_harms_nobody(tmp_path: Path) -> None:
    var = tmp_path / "var"
    with supervisor(var):
        pass
    stranger = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    try:
        (var / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{var / 'postgres'}\n")
        with supervisor(var):
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_cluster_that_was_interrupted_half_way_is_made_anew(tmp_path: Path) -> None:
    var = tmp_path / "var"
    half = var / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with supervisor(var):
        assert state.running(var)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_the_group_ends_everything(tmp_path: Path, number: signal.Signals) -> None:
    var = tmp_path / "var"
    with supervisor(var) as process:
        os.killpg(process.pid, number)
        process.wait(120)
        assert servers_of(var) == []
        assert not (var / "embedded.json").exists()


def test_the_exit_code_is_the_commands(tmp_path: Path) -> None:
    ended = subprocess.run([*RUN, "--throwaway", "--var", str(tmp_path), "--", "sh", "-c", "exit 7"], check=False)
    assert ended.returncode == 7
