"""The keyring file: private, complete, and never overwritten."""

import json
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from pytest_django import Settings

from lookups.vault import keyring


@pytest.fixture
def ring_file(tmp_path: Path, settings: Settings) -> Path:
    settings.PORTAL_KEYRING = tmp_path / "ring" / "keyring.json"
    return tmp_path / "ring" / "keyring.json"


def test_a_new_keyring_is_for_its_owner_only(ring_file: Path) -> None:
    call_command("create_keyring")
    assert stat.S_IMODE(ring_file.stat().st_mode) == 0o600
    assert len(keyring.load().index) == 32


def test_an_existing_keyring_is_left_alone(ring_file: Path) -> None:
    call_command("create_keyring")
    before = ring_file.read_bytes()
    with pytest.raises(CommandError, match="left as it is"):
        call_command("create_keyring")
    assert ring_file.read_bytes() == before


def test_a_missing_keyring_is_one_clear_sentence(ring_file: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="no keyring at"):
        keyring.load()


def test_a_keyring_that_others_can_read_is_refused(ring_file: Path) -> None:
    keyring.create(ring_file)
    ring_file.chmod(0o644)
    with pytest.raises(ImproperlyConfigured, match="read by others"):
        keyring.load()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version":1,"current":1,"sealing":{"1":"AAAA"},"index":"AAAA"}'])
def test_a_damaged_keyring_is_refused_without_its_content(ring_file: Path, content: str) -> None:
    keyring.create(ring_file)
    ring_file.write_text(content)
    with pytest.raises(ImproperlyConfigured, match="damaged") as error:
        keyring.load()
    assert "AAAA" not in str(error.value)


def test_a_keyring_without_its_current_key_is_refused(ring_file: Path) -> None:
    keyring.create(ring_file)
    content = json.loads(ring_file.read_text())
    ring_file.write_text(json.dumps(content | {"current": 2}))
    with pytest.raises(ImproperlyConfigured, match="no current key"):
        keyring.load()


def test_a_keyring_never_shows_its_keys(ring_file: Path) -> None:
    keyring.create(ring_file)
    assert "sealing keys" in repr(keyring.load())
    assert len(repr(keyring.load())) < 60


def test_an_unknown_private_half_is_refused(ring_file: Path) -> None:
    keyring.create(ring_file)
    content = json.loads(ring_file.read_text())
    content["signing"]["private"] = content["index"]
    ring_file.write_text(json.dumps(content))
    with pytest.raises(ImproperlyConfigured, match="damaged"):
        keyring.load()
