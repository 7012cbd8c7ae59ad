"""The keyring: every key of the portal, in one file outside the database (``PORTAL_KEYRING``).

The file is JSON, mode 0600::

    {"version": 1, "current": 1,
     "sealing": {"1": "<32 bytes, base64>"},
     "index": "<32 bytes, base64>"}

A lost keyring is lost data, and a keyring beside a stolen database dump opens it: keep them apart, and keep a copy.
Sealing keys are numbered 1-255, since their number is the first byte of every sealed value.
"""

import base64
import dataclasses
import functools
import json
import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


@dataclasses.dataclass(frozen=True, repr=False)
class Keyring:
    """Keys in memory. Has no repr of its own content, so that it cannot slip into a log or an exception report."""

    current: int
    sealing: dict[int, bytes]
    index: bytes

    def __repr__(self) -> str:
        return f"<Keyring of {len(self.sealing)} sealing keys>"

    def sealing_key(self, key_id: int, info: str = "") -> bytes:
        """Key ``key_id``, or where ``info`` is given the key derived from it with HKDF-SHA256 (RFC 5869).

        Raises KeyError for a number the ring does not hold.
        """
        key = self.sealing[key_id]
        return _derive(key, info) if info else key


@functools.lru_cache(maxsize=1024)
def _derive(key: bytes, info: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info.encode()).derive(key)


def create(path: Path) -> None:
    """Write a new keyring to ``path`` (mode 0600). Raises FileExistsError rather than overwrite one."""
    content = {
        "version": 1,
        "current": 1,
        "sealing": {"1": _encode(secrets.token_bytes(KEY_BYTES))},
        "index": _encode(secrets.token_bytes(KEY_BYTES)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)


def load() -> Keyring:
    """The keyring of this process, read once. Raises ImproperlyConfigured with one clear sentence."""
    return _read(str(settings.PORTAL_KEYRING))


def forget() -> None:
    """Read the file again at the next use (after a rotation, and in tests)."""
    _read.cache_clear()
    _derive.cache_clear()


@functools.lru_cache(maxsize=4)
def _read(path: str) -> Keyring:
    file = Path(path)
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        content = json.loads(file.read_text())
        ring = Keyring(
            current=int(content["current"]),
            sealing={int(number): _decode(key) for number, key in content["sealing"].items()},
            index=_decode(content["index"]),
        )
    except FileNotFoundError:
        raise ImproperlyConfigured(
            f"There is no keyring at {path}. Make one with: manage.py create_keyring, or restore it from your back-up."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ImproperlyConfigured(f"The keyring at {path} cannot be read: it is damaged or not a keyring.") from None
    if mode & 0o077:
        raise ImproperlyConfigured(f"The keyring at {path} can be read by others: run chmod 600 on it.")
    if ring.current not in ring.sealing or any(not 1 <= number <= 255 for number in ring.sealing):
        raise ImproperlyConfigured(f"The keyring at {path} has no current key, or a key number outside 1-255.")
    return ring


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("wrong key length")
    return key
