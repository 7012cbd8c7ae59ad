"""Signing what leaves the portal on paper: Ed25519 (RFC 8032), so that anybody with a public key can check it.

A signature comes with the number of its key. Public keys are never forgotten (``keyring``).
"""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.exceptions import ImproperlyConfigured

from lookups.vault import keyring


def sign(statement: bytes) -> tuple[int, bytes]:
    """The number of the key that signs now, and its signature (64 bytes) of ``statement``."""
    keys = keyring.load().signing
    if keys is None:
        raise ImproperlyConfigured("The keyring has no signing key. Make one with: manage.py rotate_signing_key.")
    return keys.current, Ed25519PrivateKey.from_private_bytes(keys.private).sign(statement)


def is_ours(statement: bytes, *, key: int, signature: bytes) -> bool:
    """Whether our key number ``key`` has signed ``statement``."""
    keys = keyring.load().signing
    public = keys.public.get(key) if keys else None
    if public is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(bytes(signature), statement)
    except InvalidSignature:
        return False
    return True


def public_keys() -> dict[int, str]:
    """All public keys by number (32 bytes each, base64), newest first."""
    keys = keyring.load().signing
    known = keys.public if keys else {}
    return {number: base64.b64encode(known[number]).decode() for number in sorted(known, reverse=True)}
