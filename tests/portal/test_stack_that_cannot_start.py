"""What keeps `manage.py stack` from starting is one sentence and exit code 1, and nothing is left running."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.embedded import processes
from tests.ports import SANDBOXES, free_port

STACK = """
import os, sys
from pathlib import Path
from portal import stack
sys.exit(stack.main(os.environ, Path(sys.argv[1])))
"""
SERVERS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PORTAL_DEMO", "PORTAL_KEYRING", "PORT")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port(-101)))
        other.listen()
        yield other.getsockname()[1]


def refusal(var: Path, **environment: str) -> str:
    """The one sentence on standard error."""
    kept = {name: value for name, value in os.environ.items() if name not in SERVERS}
    ended = subprocess.run(
        [sys.executable, "-c", STACK, str(var)],
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ended.returncode == 1, ended
    assert ended.stdout == ""
    (sentence,) = ended.stderr.splitlines()
    assert processes.working_in(var / "postgres") == []
    return sentence


@pytest.mark.parametrize("port", ["eight", "0", "-1", "65535", "80 00", "٨٠٠٠"])
def test_a_port_that_is_none(tmp_path: Path, port: str) -> None:
    assert refusal(tmp_path / "var", PORT=port).startswith(f"PORT={port} is not a port")
    assert not (tmp_path / "var").exists()


def test_a_port_that_is_taken(tmp_path: Path, taken: int) -> None:
    assert refusal(tmp_path / "var", PORT=str(taken)).startswith(f"Port {taken} is already in use")


def test_a_sandbox_carriers_port_that_is_taken(tmp_path: Path, taken: int) -> None:
    assert refusal(tmp_path / "var", PORT=str(taken - 101)).startswith(f"Port {taken} is already in use")


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    said = refusal(tmp_path / "var", DATABASE_URL="postgres://portal:hidden@127.0.0.1:1/portal")
    assert said == "The server named by DATABASE_URL does not answer at 127.0.0.1:1: Connection refused."


def test_a_lost_keyring_is_not_replaced_where_data_was_sealed_with_it(tmp_path: Path) -> None:
    var = tmp_path / "var"
    made = subprocess.run(
        [sys.executable, "-m", "portal.embedded", "run", "--var", str(var), "--", "true"], check=False
    )
    assert made.returncode == 0
    (var / "migrated").write_text("")
    assert "without it nobody can read the data" in refusal(var, PORT=str(free_port(*SANDBOXES)))
    assert not (var / "keyring.json").exists()
