"""Starting our own servers changes nothing on the machine: no user, no permission, nothing in the home folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ACCOUNT_FILES = [Path("/etc/passwd"), Path("/etc/group"), Path("/etc/shadow"), Path("/etc/subuid")]


def stamps(paths: list[Path]) -> dict[str, tuple[int, int, int, int]]:
    """Mode, owner and change time; the change time only of files: others write in the machine's folders, too."""
    found = {}
    for path in paths:
        if path.exists():
            seen = path.stat()
            found[str(path)] = (seen.st_mode, seen.st_uid, seen.st_gid, seen.st_mtime_ns if path.is_file() else 0)
    return found


@pytest.mark.parametrize("home", ["empty", "unset"])
@pytest.mark.parametrize("namespaces", ["allowed", "forbidden"])
def test_the_machine_is_as_it_was(tmp_path: Path, home: str, namespaces: str) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir(mode=0o700)
    empty = tmp_path / "home"
    empty.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in {"HOME", "XDG_RUNTIME_DIR"}}
    if home == "empty":
        environment["HOME"] = str(empty)
    if namespaces == "forbidden":  # As in most containers; it matters to root only.
        unshare = tmp_path / "bin" / "unshare"
        unshare.parent.mkdir()
        unshare.write_text("#!/bin/sh\nexit 1\n")
        unshare.chmod(0o755)
        environment["PATH"] = f"{unshare.parent}:{environment['PATH']}"
    watched = [*ACCOUNT_FILES, checkout, *checkout.parents, Path(sys.prefix), *Path(sys.prefix).parents]
    before = stamps(watched)

    # PostgreSQL's shared memory lies in the cluster too, not in the machine's /dev/shm.
    inside = (
        "import pathlib, sys; pid = pathlib.Path(sys.argv[1], 'postgres', 'postmaster.pid').read_text().split()[0];"
        "print('/dev/shm/' in pathlib.Path('/proc', pid, 'maps').read_text())"
    )
    var = checkout / "var"
    told = subprocess.run(
        [sys.executable, "-m", "portal.embedded", "run", "--var", var, "--", sys.executable, "-c", inside, var],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert stamps(watched) == before
    assert list(empty.iterdir()) == []
    assert told.stdout.strip() == "False"
    assert sorted(path.name for path in checkout.iterdir()) == ["var"]
