"""Blind indexes: what lets us find a row by a value we do not store.

HMAC-SHA256 under the index key, cut to 128 bits and kept as a UUID. Each purpose has its own name in the message, so
that the index of a phone number as a number can never equal its index as anything else.
"""

import hashlib
import hmac
import uuid

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
    """The id of the registration with this key. Derived, so that an importer knows it before it has asked the database."""
    return uuid.UUID(bytes=hashlib.blake2b(subject.bytes + carrier_id.bytes + number.bytes, digest_size=16).digest())


def _digest(key: bytes, message: str) -> bytes:
    return hmac.digest(key, message.encode(), "sha256")
