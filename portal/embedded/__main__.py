"""`python -m portal.embedded run [--throwaway [--durable]] [--postgres-bin DIR] -- COMMAND …`: servers around it.

The command finds them in DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL; its exit code is ours. With `--throwaway` they
are new, empty and gone afterwards (tests, benchmarks); without it they are those of `make run`.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from portal.embedded import processes
from portal.embedded.problems import EmbeddedError
from portal.embedded.services import start, start_throwaway
from portal.embedded.state import VAR


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m portal.embedded", description=__doc__)
    parser.add_argument("action", choices=["run"])
    parser.add_argument(
        "--throwaway",
        action="store_true",
        help="new, empty servers that leave nothing behind",
    )
    parser.add_argument(
        "--durable",
        action="store_true",
        help="with --throwaway: commit to the disk nevertheless, as in earnest (benchmarks)",
    )
    parser.add_argument(
        "--postgres-bin",
        type=Path,
        help="use the PostgreSQL in this folder instead of the wheel's",
    )
    parser.add_argument(
        "--var",
        type=Path,
        default=VAR,
        help="the folder for their data (default: %(default)s)",
    )
    parser.add_argument("command", nargs="+", metavar="-- COMMAND")
    chosen = parser.parse_args(arguments)
    if chosen.postgres_bin and not (chosen.postgres_bin / "postgres").exists():
        print(f"There is no PostgreSQL in {chosen.postgres_bin}.", file=sys.stderr)
        return 1
    # A signal during the start must still end what has been started: let it become an exception.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        var, binaries = chosen.var.resolve(), chosen.postgres_bin
        if chosen.throwaway:
            services = start_throwaway(var, binaries=binaries, durable=chosen.durable)
        else:
            services = start(var, binaries=binaries)
    except EmbeddedError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    try:
        environment = {
            **os.environ,
            **services.environment(),
            "PORTAL_POSTGRES_BIN": services.addresses.postgres_bin,
        }
        return _run(chosen.command, environment)
    finally:
        services.stop()


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run in our own process group: the terminal's Ctrl-C reaches the command directly, and we wait for its end."""
    try:
        child = subprocess.Popen(
            command,
            env=environment,
            preexec_fn=processes.end_with_parent(signal.SIGTERM),
        )
    except OSError as problem:
        print(f"{command[0]} could not be started: {problem.strerror}.", file=sys.stderr)
        return 127

    def forward(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, forward)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
