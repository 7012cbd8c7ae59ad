"""Signing keys: the newest signs, and what an older one signed can be checked for ever."""

import base64
import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from pytest_django import Settings

from lookups.vault import keyring, sealing, signing


@pytest.fixture
def ring_file(tmp_path: Path, settings: Settings) -> Path:
    settings.PORTAL_KEYRING = tmp_path / "keyring.json"
    keyring.create(settings.PORTAL_KEYRING)
    return settings.PORTAL_KEYRING


def test_a_signature_is_checked_with_the_public_key_alone(ring_file: Path) -> None:
    key, signature = signing.sign(b"a statement")
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(signing.public_keys()[key]))
    public.verify(signature, b"a statement")
    assert signing.is_ours(b"a statement", key=key, signature=signature)


@pytest.mark.parametrize("change", ["statement", "signature", "cut", "empty", "key"])
def test_whatever_is_changed_is_not_ours(ring_file: Path, change: str) -> None:
    key, signature = signing.sign(b"a statement")
    changed = {
        "statement": (b"A statement", key, signature),
        "signature": (b"a statement", key, bytes([signature[0] ^ 1]) + signature[1:]),
        "cut": (b"a statement", key, signature[:-1]),
        "empty": (b"a statement", key, b""),
        "key": (b"a statement", key + 1, signature),
    }
    statement, number, bits = changed[change]
    assert not signing.is_ours(statement, key=number, signature=bits)


def test_after_a_rotation_a_new_key_signs_and_old_signatures_hold(ring_file: Path) -> None:
    sealed = sealing.seal(b"words", context="here")
    before = json.loads(ring_file.read_text())
    old = signing.sign(b"old")
    call_command("rotate_signing_key")
    new = signing.sign(b"new")
    assert (old[0], new[0]) == (1, 2)
    assert signing.is_ours(b"old", key=1, signature=old[1])
    assert signing.is_ours(b"new", key=2, signature=new[1])
    assert not signing.is_ours(b"old", key=2, signature=old[1])
    assert list(signing.public_keys()) == [2, 1]
    after = json.loads(ring_file.read_text())
    assert {name: after[name] for name in ("current", "sealing", "index")} == {
        name: before[name] for name in ("current", "sealing", "index")
    }
    assert before["signing"]["private"] not in ring_file.read_text(), "the old private key is gone"
    assert sealing.unseal(sealed, context="here") == b"words"
    assert stat.S_IMODE(ring_file.stat().st_mode) == 0o600
    assert [file.name for file in ring_file.parent.iterdir()] == [ring_file.name]


def test_a_keyring_from_before_certificates_gets_its_first_key(ring_file: Path) -> None:
    content = json.loads(ring_file.read_text())
    del content["signing"]
    ring_file.write_text(json.dumps(content))
    keyring.forget()
    assert not signing.is_ours(b"a statement", key=1, signature=bytes(64))
    with pytest.raises(ImproperlyConfigured, match="rotate_signing_key"):
        signing.sign(b"a statement")
    keyring.complete(ring_file)
    assert signing.sign(b"a statement")[0] == 1
    before = ring_file.read_bytes()
    keyring.complete(ring_file)
    assert ring_file.read_bytes() == before


def test_a_damaged_keyring_is_not_rotated(ring_file: Path) -> None:
    ring_file.write_text("{}")
    with pytest.raises(CommandError, match="damaged"):
        call_command("rotate_signing_key")
    assert ring_file.read_text() == "{}"
