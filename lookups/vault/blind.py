"""Blind indexes: what lets us find a row by a value we do not store.

HMAC-SHA256 under the index key, cut to 128 bits and kept as a UUID. Each purpose has its own name in the message, so
that the index of a phone number as a number can never equal its index as anything else.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterable

from lookups.vault import keyring


def index(purpose: str, value: str) -> uuid.UUID:
    """The blind index of ``value`` for ``purpose``; the caller has normalised ``value``."""
    return uuid.UUID(bytes=_digest(keyring.load().index, f"{purpose}|{value}")[:16])


def subject_of(scheme: str, number: str) -> uuid.UUID:
    """The subject of an identity document: scheme code and normalised number."""
    return index(f"subject|{scheme}", number)


def number_index(e164: str) -> uuid.UUID:
    """The index of a phone number in E.164, for matching."""
    return index("number", e164)


def code_hash(purpose: str, code: str) -> bytes:
    """The keyed hash (32 bytes) of a secret that somebody must present: an activation code, a recovery code."""
    return _digest(keyring.load().index, f"code|{purpose}|{code}")


def registration_id(subject: uuid.UUID, carrier_id: uuid.UUID, number: uuid.UUID) -> uuid.UUID:
    """The id of the registration with this key.

    Derived, so that an importer knows it before it has asked the database.
    """
    return uuid.UUID(bytes=registration_key(subject.bytes, carrier_id.bytes, number.bytes))


def registration_key(subject: bytes, carrier_id: bytes, number: bytes) -> bytes:
    """``registration_id`` in bytes. It begins like its subject: the indexes by id and by subject then grow in the same
    places, which is what makes an import in the order of ids fast. 24 bits are shared by many people of a country."""
    return registration_keys([subject], carrier_id, [number])[0]


def registration_keys(subjects: Iterable[bytes], carrier_id: bytes, numbers: Iterable[bytes]) -> list[bytes]:
    """``registration_key`` of very many subjects and numbers."""
    digest = hashlib.blake2b
    return [
        subject[:3] + digest(subject + carrier_id + number, digest_size=13).digest()
        for subject, number in zip(subjects, numbers, strict=True)
    ]


def in_bulk(purpose: str) -> Callable[[Iterable[str]], list[bytes]]:
    """``index(purpose, …)`` in bytes for very many values: the key's two blocks are hashed once (RFC 2104)."""
    key = keyring.load().index.ljust(hashlib.sha256().block_size, b"\0")
    begin_inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + f"{purpose}|".encode()).copy
    begin_outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key)).copy

    def bulk_index(values: Iterable[str]) -> list[bytes]:
        indexes = []
        for value in values:
            inner, outer = begin_inner(), begin_outer()
            inner.update(value.encode())
            outer.update(inner.digest())
            indexes.append(outer.digest()[:16])
        return indexes

    return bulk_index


def _digest(key: bytes, message: str) -> bytes:
    return hmac.digest(key, message.encode(), "sha256")
