"""Keeps a handful of programs running, shows what they say, and ends every one of them, whatever happens to itself.

Forces: each program leads a process group of its own, so that its helpers can be ended with it; the kernel tells a
program when we are killed with signal 9; everything happens in one thread, because the kernel takes "parent" to mean
the thread that started the process, and because forking a process with threads is a lottery.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Self

from portal.embedded import processes
from portal.embedded.secrets import private_folder

#: Carried by every program we start and whatever these start: how a later run finds what a killed one left behind.
MARK = "PORTAL_STACK"

_TICK_SECONDS = 0.05
_STOP_SECONDS = 10.0
_LEFTOVER_SECONDS = 3.0  # They were told once already, by the kernel.
_LOG_BYTES = 10_000_000
_CALM_SECONDS = 60.0  # A program that ran this long has shown that it can.
_LONGEST_WAIT = 30.0
_COLOURS = (36, 33, 35, 32, 34, 96, 93, 95)


@dataclass(frozen=True)
class Program:
    """What to run. `once`: it is meant to end. `quiet`: what it says goes to its log only."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    quiet: bool = False


@dataclass
class _Running:
    program: Program
    process: subprocess.Popen[bytes]
    output: int  # Our end of the pipe it speaks into.
    log: IO[bytes]
    colour: int
    started: float
    hung_up: bool = False
    unfinished: bytes = b""


class Supervisor:
    """Usage: `with Supervisor(...) as all_of_them:` start programs, then `watch(until)`; leaving ends everything."""

    def __init__(self, *, logs: Path, mark: str, environment: Mapping[str, str]) -> None:
        self.logs = private_folder(logs)
        self.ending = False
        self.finished: dict[str, int] = {}  # Exit codes of the programs that run once.
        self._environment = {
            **os.environ,
            **environment,
            MARK: mark,
            "PYTHONUNBUFFERED": "1",
        }
        self._running: dict[str, _Running] = {}
        self._again: list[tuple[float, Program]] = []  # (when, what)
        self._deaths: dict[str, int] = {}
        self._colours: dict[str, int] = {}
        self._selector = selectors.DefaultSelector()
        self._tty = sys.stdout.isatty()

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.ending = True

    def say(self, text: str) -> None:
        """A line of our own. The terminal may be gone (SIGHUP), the reader of a pipe too: that stops nothing."""
        with contextlib.suppress(OSError, ValueError):
            print(text, flush=True)

    def start(self, program: Program) -> None:
        read, write = os.pipe()
        log = self._open_log(program.name, again=program.name in self._deaths)
        try:
            process = subprocess.Popen(
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=write,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**self._environment, **program.environment},
                preexec_fn=processes.end_with_parent(signal.SIGTERM),
            )
        finally:
            os.close(write)
        os.set_blocking(read, False)
        colour = self._colours.setdefault(program.name, _COLOURS[len(self._colours) % len(_COLOURS)])
        one = _Running(program, process, read, log, colour, time.monotonic())
        self._running[program.name] = one
        self._selector.register(read, selectors.EVENT_READ, one)

    def run(self, program: Program) -> int:
        """Run a program that ends, keeping an eye on the others; its exit code."""
        self.start(program)
        self.watch(lambda: program.name in self.finished)
        return self.finished.get(program.name, -1)

    def watch(self, until: Callable[[], bool]) -> None:
        """Pass on what is said and restart what dies, until the condition holds or a signal asks us to end."""
        while not self.ending and not until():
            self.tick()

    def tick(self) -> None:
        """One look at everything, at most a moment long."""
        self._listen(_TICK_SECONDS)
        self._bury()
        for when, program in list(self._again):
            if time.monotonic() >= when:
                self._again.remove((when, program))
                self.start(program)

    def deaths(self, name: str) -> int:
        """How often a program has died without having run for a calm minute."""
        return self._deaths.get(name, 0)

    def last_words(self, name: str) -> str:
        """The last two lines a program wrote to its log: what is wrong and, where Django says it, what helps."""
        return processes.tail(self.logs / f"{name}.log", 2)

    def stop(self) -> None:
        """End every group: ask its leader, wait, then leave no choice."""
        self._again.clear()
        for one in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                one.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while self._still_alive() and time.monotonic() < deadline:
            self._listen(_TICK_SECONDS)
        for one in list(self._running.values()):
            self._end_group(one)

    def _still_alive(self) -> bool:
        return any(one.process.poll() is None for one in self._running.values())

    def _end_group(self, one: _Running) -> None:
        """Kill what is left of a program and its helpers, and hear their last words."""
        processes.stop(one.process, signal.SIGKILL, seconds=0)
        while self._hear(one):
            pass
        self._hang_up(one)
        self._show(one, [one.unfinished] if one.unfinished else [])
        one.log.close()
        del self._running[one.program.name]

    def _listen(self, seconds: float) -> None:
        if not self._selector.get_map():
            time.sleep(seconds)
            return
        for key, _ in self._selector.select(seconds):
            if not self._hear(key.data):
                self._hang_up(key.data)

    def _hear(self, one: _Running) -> bool:
        """Pass on what a program has said; whether it may say more at once."""
        if one.hung_up:
            return False
        try:
            said = os.read(one.output, 65536)
        except BlockingIOError:
            return False
        one.log.write(said)
        if one.log.tell() > _LOG_BYTES:
            one.log.close()
            one.log = self._open_log(one.program.name, again=False)
        *lines, one.unfinished = (one.unfinished + said).split(b"\n")
        if len(one.unfinished) > 65536:
            lines, one.unfinished = [*lines, one.unfinished], b""
        self._show(one, lines)
        return bool(said)

    def _hang_up(self, one: _Running) -> None:
        if not one.hung_up:
            one.hung_up = True  # The number of the pipe may be given to another one from here on.
            self._selector.unregister(one.output)
            os.close(one.output)

    def _show(self, one: _Running, lines: list[bytes]) -> None:
        for line in [] if one.program.quiet else lines:
            self.say(self._prefix(one) + line.decode(errors="replace").rstrip())

    def _open_log(self, name: str, *, again: bool) -> IO[bytes]:
        """The log of this run; that of the run before is kept beside it. `again`: the program restarts, append."""
        path = self.logs / f"{name}.log"
        if not again and path.exists():
            path.replace(path.with_name(f"{path.name}.1"))
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0)

    def _prefix(self, one: _Running) -> str:
        name = f"{one.program.name:<10}| "
        return f"\x1b[{one.colour}m{name}\x1b[0m" if self._tty else name

    def _bury(self) -> None:
        for name, one in list(self._running.items()):
            code = one.process.poll()
            if code is None:
                continue
            self._end_group(one)
            if one.program.once:
                self.finished[name] = code
                continue
            calm = time.monotonic() - one.started > _CALM_SECONDS
            deaths = self._deaths[name] = 1 if calm else self.deaths(name) + 1
            wait = min(2.0 ** (deaths - 1), _LONGEST_WAIT)
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            self.say(f"{name} {how}; it starts again in {wait:.0f} s (its log: {self.logs / name}.log).")
            self._again.append((time.monotonic() + wait, one.program))


def end_leftovers(mark: str) -> int:
    """End what a killed supervisor of the same mark left running; how many processes there were (Linux only)."""
    wanted = f"{MARK}={mark}".encode()
    found = [pid for pid in _marked(wanted) if pid != os.getpid()]
    for number, seconds in ((signal.SIGTERM, _LEFTOVER_SECONDS), (signal.SIGKILL, _LEFTOVER_SECONDS)):
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if processes.wait_until(
            lambda: not any(map(processes.alive, found)),
            seconds=seconds if found else 0,
        ):
            break
    return len(found)


def _marked(wanted: bytes) -> list[int]:
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted in file.read_bytes().split(b"\0") and processes.alive(int(file.parent.name)):
                found.append(int(file.parent.name))
    return found
