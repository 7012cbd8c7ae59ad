"""Small secret files under `var/`: made once, readable by their owner alone, never half-written."""

import json
import os
import secrets
from pathlib import Path
from typing import Any


def private_folder(folder: Path) -> Path:
    """Make `folder` (and what is missing above it) with mode 0700. What exists already keeps its permissions."""
    for missing in reversed([folder, *folder.parents]):
        if not missing.exists():
            missing.mkdir(mode=0o700, exist_ok=True)
    return folder


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step; at no moment does another user see it, or anybody a half of it."""
    private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def new_password() -> str:
    """256 bits that need no escaping in a URL, a shell, or a configuration file."""
    return secrets.token_hex(32)


def ensure(var: Path) -> str:
    """The secret key of a portal without `PORTAL_SECRET_KEY`, kept in `var/secret_key`; made at the first call."""
    path = var / "secret_key"
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        key = new_password()
        write_private(path, key + "\n")
        return key


def remembered(path: Path, make: Any) -> dict[str, str]:
    """The dictionary kept as JSON in `path`; made by `make()` at the first call."""
    try:
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        found = make()
        write_private(path, json.dumps(found, indent=2) + "\n")
    return found
