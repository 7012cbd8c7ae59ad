"""The keyring: every key of the portal, in one file outside the database (``PORTAL_KEYRING``).

The file is JSON, mode 0600::

    {"version": 1, "current": 1,
     "sealing": {"1": "<32 bytes, base64>"},
     "index": "<32 bytes, base64>",
     "signing": {"current": 1, "private": "<32 bytes, base64>", "public": {"1": "<32 bytes, base64>"}}}

A lost keyring is lost data, and a keyring beside a stolen database dump opens it: keep them apart, and keep a copy.
Sealing keys are numbered 1-255, since their number is the first byte of every sealed value. Of signing keys (Ed25519)
the newest signs, and the public halves of all stay for ever, so that what an older one signed can still be checked.
"""

import base64
import dataclasses
import functools
import json
import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
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
    signing: "SigningKeys | None" = None

    def __repr__(self) -> str:
        return f"<Keyring of {len(self.sealing)} sealing keys>"

    def sealing_key(self, key_id: int, info: str = "") -> bytes:
        """Key ``key_id``, or where ``info`` is given the key derived from it with HKDF-SHA256 (RFC 5869).

        Raises KeyError for a number the ring does not hold.
        """
        key = self.sealing[key_id]
        return _derive(key, info) if info else key


@dataclasses.dataclass(frozen=True, repr=False)
class SigningKeys:
    """The key that signs now (``private``, its number ``current``), and every public key there has been."""

    current: int
    private: bytes
    public: dict[int, bytes]


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
        "signing": _with_new_signing_key({}),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)


def rotate_signing_key(path: Path) -> int:
    """Let a new key sign from now on, and return its number. Every other key of the file stays as it is.

    The file is replaced in one step, so that a crash leaves the old one or the new one. Raises ImproperlyConfigured for
    a keyring that cannot be read.
    """
    _read.__wrapped__(str(path))
    content = json.loads(path.read_text())
    content["signing"] = _with_new_signing_key(content.get("signing", {}))
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=path.name, delete=False) as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)
    forget()
    return int(content["signing"]["current"])


def complete(path: Path) -> None:
    """Give a keyring from before certificates its signing key. Raises ImproperlyConfigured where it cannot be read."""
    if _read.__wrapped__(str(path)).signing is None:
        rotate_signing_key(path)


def _with_new_signing_key(signing: dict[str, Any]) -> dict[str, Any]:
    known = signing.get("public", {})
    number = max(map(int, known), default=0) + 1
    private = Ed25519PrivateKey.generate()
    public = _encode(private.public_key().public_bytes_raw())
    return {
        "current": number,
        "private": _encode(private.private_bytes_raw()),
        "public": known | {str(number): public},
    }


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
            signing=_signing(content.get("signing")),
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


def _signing(content: dict[str, Any] | None) -> SigningKeys | None:
    """None in a keyring from before certificates. Raises ValueError where the private key is not the current one's."""
    if content is None:
        return None
    keys = SigningKeys(
        current=int(content["current"]),
        private=_decode(content["private"]),
        public={int(number): _decode(key) for number, key in content["public"].items()},
    )
    half = Ed25519PrivateKey.from_private_bytes(keys.private).public_key().public_bytes_raw()
    if keys.public[keys.current] != half:
        raise ValueError("not the private half of the current key")
    return keys


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("wrong key length")
    return key
