"""`make run` makes `.venv` once, with a Python that is new enough, or says in one sentence why it cannot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "portal" / "bootstrap.sh"

pytestmark = pytest.mark.long


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return bare(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which `.venv` stands, made by the second Python that was found: the first does not run."""
    checkout = bare(tmp_path_factory.mktemp("made"))
    a_python(checkout, "python3.13", "exit 127")
    a_python(checkout, "python3", f'exec {sys.executable} "$@"')
    said = bootstrap(checkout, HOME=str(checkout / "home"))
    assert said.returncode == 0, said.stderr
    return checkout


def bare(folder: Path) -> Path:
    """A folder with the script, a lock that names nothing, and only the tools every Debian has."""
    (folder / "portal").mkdir()
    shutil.copy(SCRIPT, folder / "portal")
    (folder / "requirements-dev.lock").write_text("# nothing\n")
    tools = folder / "bin"
    tools.mkdir()
    for tool in ("sh", "cmp", "cp", "dirname", "echo", "mkdir", "rm"):
        found = shutil.which(tool)
        assert found
        (tools / tool).symlink_to(found)
    return folder


@pytest.fixture
def installed(made: Path) -> Path:
    """The same, with exactly what the lock names installed."""
    shutil.copy(made / "requirements-dev.lock", made / ".venv" / ".stamp")
    return made


def a_python(checkout: Path, name: str, body: str) -> None:
    file = checkout / "bin" / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def bootstrap(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "portal/bootstrap.sh"],
        cwd=checkout,
        env={"PATH": str(checkout / "bin"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_too_old_is_one_sentence(checkout: Path) -> None:
    a_python(checkout, "python3", 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac')
    said = bootstrap(checkout)
    assert said.returncode == 1
    assert said.stdout == ""
    assert said.stderr == (
        "Python 3.11 or newer is needed and Python 3.9.2 was found: "
        "install one, or name it with PYTHON=/path/to/python.\n"
    )


def test_no_python_at_all_is_one_sentence(checkout: Path) -> None:
    said = bootstrap(checkout)
    assert said.returncode == 1
    assert "no Python 3 was found" in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_a_venv_that_cannot_be_made_names_the_package(checkout: Path) -> None:
    a_python(checkout, "python3", 'case "$*" in *venv*) exit 1;; --version) echo Python 3.12.1;; esac')
    said = bootstrap(checkout)
    assert said.returncode == 1
    assert "apt install python3-venv" in said.stderr


def test_a_name_that_does_not_run_is_passed_over(made: Path) -> None:
    assert (made / ".venv" / "bin" / "python").exists()
    assert not (made / "home").exists()


def test_what_stands_is_left_as_it_is(installed: Path) -> None:
    again = bootstrap(installed)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_changed_lock_is_installed(installed: Path) -> None:
    lock = installed / "requirements-dev.lock"
    lock.write_text(f"{lock.read_text()}# something else\n")
    assert "Installing what requirements-dev.lock names" in bootstrap(installed).stdout
    assert (installed / ".venv" / ".stamp").read_text() == lock.read_text()


def test_an_installation_that_failed_is_tried_again(made: Path) -> None:
    lock, stamp = made / "requirements-dev.lock", made / ".venv" / ".stamp"
    good = lock.read_text()
    stamp.unlink()  # As after a first installation that was interrupted.
    lock.write_text("django\n")  # Without a hash: refused before anything is fetched.
    for _ in range(2):
        said = bootstrap(made, PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0", HOME=os.devnull)
        assert said.returncode == 1
        assert "could not be installed; nothing was started" in said.stderr
        assert not stamp.exists()
    lock.write_text(good)
