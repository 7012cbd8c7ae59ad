"""Sealing: AES-256-GCM, bound to the place where the value is kept.

A sealed value is ``key number (1 byte) | nonce (12 bytes) | ciphertext and tag``. Its context (``table.column:row id``)
is authenticated but not stored, so that a ciphertext moved to another row or column no longer opens.

Random nonces are safe for 2**32 seals under one key. Rows that arrive by the million therefore use a key derived for
their feed (``derived``); everything else stays far below that under the key itself.
"""

import dataclasses
import functools
import os
from collections.abc import Callable, Iterable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lookups.vault import keyring

NONCE_BYTES = 12


class Unreadable(Exception):
    """A sealed value that was changed, moved, cut, or sealed with a key the ring does not hold."""


@dataclasses.dataclass(frozen=True)
class Sealer:
    """Seals and unseals under the keyring's keys, or under keys derived from them where ``info`` is given."""

    info: str = ""

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """``plain`` sealed for ``context`` under the current key."""
        key_id = keyring.load().current
        nonce = os.urandom(NONCE_BYTES)
        return bytes([key_id]) + nonce + self._cipher(key_id).encrypt(nonce, plain, context.encode())

    def unseal(self, blob: bytes, *, context: str) -> bytes:
        """The plain bytes; raises Unreadable without saying what was in them."""
        blob = bytes(blob)
        if len(blob) < 1 + NONCE_BYTES + 16:
            raise Unreadable(f"too short to be sealed: {context}")
        try:
            return self._cipher(blob[0]).decrypt(blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :], context.encode())
        except (InvalidTag, KeyError):
            raise Unreadable(f"not readable here: {context}") from None

    def in_bulk(self) -> Callable[[Sequence[str], Iterable[bytes]], list[bytes]]:
        """``seal(plain, context)`` for very many texts: key and cipher are looked up once, nonces drawn together."""
        key_id = keyring.load().current
        encrypt = self._cipher(key_id).encrypt
        head = bytes([key_id])

        def bulk_seal(plains: Sequence[str], contexts: Iterable[bytes]) -> list[bytes]:
            drawn = os.urandom(NONCE_BYTES * len(plains))
            nonces = [drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)]
            return [
                head + nonce + encrypt(nonce, plain.encode(), context)
                for nonce, plain, context in zip(nonces, plains, contexts, strict=True)
            ]

        return bulk_seal

    def _cipher(self, key_id: int) -> AESGCM:
        return _aesgcm(keyring.load().sealing_key(key_id, self.info))


@functools.lru_cache(maxsize=1024)
def _aesgcm(key: bytes) -> AESGCM:
    return AESGCM(key)


_plain_sealer = Sealer()
seal = _plain_sealer.seal
unseal = _plain_sealer.unseal


def derived(info: str) -> Sealer:
    """A sealer whose keys belong to ``info`` alone (for example ``feed:<id>``)."""
    return Sealer(info)
