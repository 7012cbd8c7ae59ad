"""Starting a server so that it cannot outlive us, and ending it so that nothing of it stays.

Forces: a server must not receive the terminal's Ctrl-C (we stop it, last, in order), hence a session of its own; it
must end when we are killed with signal 9 and can no longer stop it, hence the kernel's parent-death signal (Linux; it
is bound to the *thread* that started the process, so start servers from the main thread only); and a process id found
in an old file may belong to somebody else by now, hence the look at the command line before any signal.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from portal.embedded.secrets import private_folder

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
LOOPBACK = "127.0.0.1"


def end_with_parent(number: int) -> Callable[[], None]:
    """What a new process does first: ask the kernel for signal `number` when its parent dies."""
    parent = os.getpid()

    def ask() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:  # The parent died between the fork and the question.
                os._exit(1)

    return ask


def launch(
    command: Sequence[str | os.PathLike[str]],
    *,
    log: Path,
    last_signal: int,
    stdin: bytes = b"",
    env: dict[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own; what it prints goes to `log`, which starts empty."""
    private_folder(log.parent)
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent(last_signal),
            env=env,
        )
    if stdin and process.stdin:
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(stdin)
    return process


def stop(process: subprocess.Popen[bytes], number: int, *, seconds: float) -> None:
    """Ask with signal `number`; after `seconds` kill the whole group. Returns when process and group are gone."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
        wait_until(lambda: not _group(process.pid), seconds=2)
    process.wait()


def _group(leader: int) -> list[int]:
    """The living processes of a group (Linux only). Asking the kernel would count those that nobody has buried."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            state, _parent, group = file.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if int(group) == leader and state != "Z":
                found.append(int(file.parent.name))
    return found


def command_line(pid: int) -> str:
    """The words a process was started with; empty when there is none of that id (or no way to know)."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def working_in(folder: Path) -> list[int]:
    """The processes whose working folder this is, so far as we may see them (Linux only)."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if link.readlink() == folder and alive(int(link.parent.name)):
                found.append(int(link.parent.name))
    return found


def end_stranger(pid: int, number: int, *, seconds: float) -> None:
    """End a process that an earlier run left behind, which is not our child."""
    for attempt in (number, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, attempt)
        if wait_until(lambda: not alive(pid), seconds=seconds):
            return


def alive(pid: int) -> bool:
    """Whether the process still runs. One that ended and only waits for its parent's notice does not.

    Of a killed process the first thread may be gone while another still lets go of ports and files: that one runs.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError, IndexError):
        process = Path("/proc") / str(pid)
        state = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        return state != "Z" or len(list((process / "task").iterdir())) > 1
    return True


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.01) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def port_is_free(port: int, host: str = LOOPBACK) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(wish: int = 0) -> int:
    """A free TCP port on the loopback interface: the one wished for when nobody has it, else any."""
    if wish and port_is_free(wish):
        return wish
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def tail(log: Path, lines: int = 3) -> str:
    """The last words of a server that did not start."""
    try:
        return " / ".join(log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-lines:])
    except OSError:
        return ""
