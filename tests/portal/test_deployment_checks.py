"""What ``check`` says of a deployment that would void a promise."""

import pytest
from django.db import connections
from pytest_django import Settings

from portal import checks


def ids(messages: list[checks.CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


@pytest.mark.django_db
def test_the_portals_own_role_is_bound() -> None:
    assert checks.role_is_bound(["default"]) == []
    assert checks.role_is_bound(None) == []


@pytest.mark.django_db
def test_the_owner_of_the_tables_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "connections", {"default": connections["owner"]})
    (message,) = checks.role_is_bound(["owner"])
    assert message.id == "portal.E001"
    assert "Row security and append-only are void" in message.msg
    assert "owns the tables" in message.msg


def test_no_mail_server_is_a_warning_but_in_the_demo(settings: Settings) -> None:
    settings.PORTAL_DEMO = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert ids(checks.mail_leaves()) == ["portal.W002"]
    settings.PORTAL_DEMO = True
    assert checks.mail_leaves() == []


@pytest.mark.parametrize(("seconds", "found"), [(60.0, []), (45.0, ["portal.E003"])])
def test_the_lease_outlasts_the_longest_request(settings: Settings, seconds: float, found: list[str]) -> None:
    settings.OUTBOX_LEASE_SECONDS = seconds
    assert ids(checks.lease_is_long_enough()) == found
