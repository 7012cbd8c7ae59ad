"""Sealing what is too large to hold: a file in chunks, each of them sealed by itself (AES-256-GCM).

The context of a chunk is the file's own, the chunk's number, and whether it is the last one. So chunks that were
changed, moved, repeated, left out or taken from another file do not open, and neither does a file that was cut, even
where a chunk ends. Memory is bounded by one chunk, whatever the length of the file.
"""

from typing import IO

from lookups.vault.sealing import NONCE_BYTES, Sealer, Unreadable

CHUNK_BYTES = 1 << 18
_SEALED_BYTES = 1 + NONCE_BYTES + CHUNK_BYTES + 16


class SealedWriter:
    """Seals what is written into ``file``. Only ``finish`` makes it whole."""

    def __init__(self, file: IO[bytes], *, sealer: Sealer, context: str) -> None:
        self._file, self._sealer, self._context = file, sealer, context
        self._waiting = bytearray()
        self._number = 0

    def write(self, plain: bytes) -> None:
        """Raises OSError where the disk does not take it."""
        self._waiting += plain
        # A full chunk waits for one more byte: until then it may be the last.
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]

    def finish(self) -> None:
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        self._file.write(self._sealer.seal(plain, context=_chunk_context(self._context, self._number, last=last)))
        self._number += 1


class SealedReader:
    """Reads such a file from its beginning to its end, and raises Unreadable where it is not what was written."""

    def __init__(self, file: IO[bytes], *, sealer: Sealer, context: str) -> None:
        self._file, self._sealer, self._context = file, sealer, context
        self._ahead = file.read(_SEALED_BYTES)
        self._number = 0
        self._plain = b""
        self._ended = False

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; none only at the end."""
        while not self._plain and not self._ended:
            self._unseal()
        data, self._plain = self._plain[:size], self._plain[size:]
        return data

    def _unseal(self) -> None:
        sealed, self._ahead = self._ahead, self._file.read(_SEALED_BYTES)
        self._ended = not self._ahead
        if not self._ended and len(sealed) != _SEALED_BYTES:
            raise Unreadable(f"a chunk is too short: {self._context}")
        context = _chunk_context(self._context, self._number, last=self._ended)
        self._plain = self._sealer.unseal(sealed, context=context)
        self._number += 1


def _chunk_context(context: str, number: int, *, last: bool) -> str:
    return f"{context}:{number}:{'last' if last else 'more'}"
