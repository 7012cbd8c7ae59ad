"""What identity's tests share: a clock that stands still, and the cast."""

import datetime
from collections.abc import Iterator

import pytest
import time_machine
from django.test import override_settings
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.factories import identity
from tests.factories.identity import Person

NOON = datetime.datetime(2026, 11, 20, 12, 0, 5, tzinfo=datetime.UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Friday noon; moves only when a test moves it (``clock.shift(seconds)``)."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def lin_mei(db: None) -> Person:
    return identity.lin_mei()


@pytest.fixture
def wang_fang(db: None) -> Person:
    return identity.wang_fang()


@pytest.fixture
def officer(db: None) -> Person:
    return identity.staff()


@pytest.fixture(autouse=True)
def _quick_hashes() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=["tests.factories.hashers.QuickArgon2"]):
        yield


@pytest.fixture
def base(live_server: LiveServer, settings: Settings) -> str:
    """The portal at localhost: the one host where browsers take passkeys without TLS."""
    url = live_server.url.replace("127.0.0.1", "localhost")
    settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = [url]
    settings.CSRF_TRUSTED_ORIGINS = [url]
    return url
