"""Every failure leaves a line: when, who if known, from where, which factor, why; and nobody's data (S16, S23)."""

import json
import logging
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from lookups.identity import services
from lookups.identity.models import AuthenticatorApp, Role
from portal.logging import LOGGING_CONFIGURATION
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, NOBODYS_CARD, Person, show_password, sign_in, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.identity.urls"), pytest.mark.usefixtures("clock")]


class Lines(logging.Handler):
    """What a log file would hold, by the real formatter."""

    def __init__(self) -> None:
        super().__init__()
        options = dict(LOGGING_CONFIGURATION["formatters"]["json"])
        self.setFormatter(options.pop("()")(**options))
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))

    def last(self) -> dict[str, Any]:
        return self.lines[-1]


@pytest.fixture
def log() -> Any:
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def _is(line: dict[str, Any], **expected: object) -> None:
    assert expected.items() <= line.items(), line
    assert line["timestamp"].endswith("Z")


def test_s23_a_wrong_password(client: Client, lin_mei: Person, log: Lines) -> None:
    show_password(client, lin_mei, password="not the password")
    _is(log.last(), event="sign_in_failed", actor=str(lin_mei.account.pk), factor="password", reason="wrong")
    assert len(log.last()["source"]) == 16


def test_s23_an_unknown_id(client: Client, lin_mei: Person, log: Lines) -> None:
    show_password(client, Person(lin_mei.account, number=NOBODYS_CARD))
    _is(log.last(), event="sign_in_failed", actor=None, factor="password", reason="no_account")


def test_s23_too_many_tries(client: Client, lin_mei: Person, log: Lines) -> None:
    for _ in range(6):
        show_password(client, lin_mei, password="not the password")
    _is(log.last(), event="sign_in_failed", factor="password", reason="too_many_tries")


@pytest.mark.parametrize(
    ("token", "factor", "reason"), [("000000", "totp", "wrong"), ("XXXX-XXXX-XXXX-XXXX", "recovery_code", "wrong")]
)
def test_s23_a_wrong_second_factor(
    client: Client, lin_mei: Person, log: Lines, token: str, factor: str, reason: str
) -> None:
    show_password(client, lin_mei)
    client.post(reverse("identity:sign_in_code"), {"token": token})
    _is(
        log.last(),
        event="second_factor_failed",
        actor=str(lin_mei.account.pk),
        factor=factor,
        reason=reason,
    )


def test_s23_an_app_that_is_switched_off(client: Client, lin_mei: Person, log: Lines) -> None:
    AuthenticatorApp.objects.update(disabled_at=lin_mei.account.created_at)
    show_password(client, lin_mei)
    client.post(reverse("identity:sign_in_code"), {"token": lin_mei.code()})
    _is(log.last(), event="second_factor_failed", factor="totp", reason="switched_off")


def test_s23_a_wrong_activation_code(client: Client, db: None, log: Lines) -> None:
    client.post(reverse("identity:enrol"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": "0000-0000-0000"})
    _is(log.last(), event="enrolment_failed", factor="activation_code", reason="wrong")


def test_s23_a_wrong_code_for_one_more_document(client: Client, lin_mei: Person, log: Lines) -> None:
    signed_in(client, lin_mei.account)
    form = {"scheme": "CN-RIC", "number": NOBODYS_CARD, "code": "0000-0000-0000"}
    client.post(reverse("identity:add_document"), form)
    _is(log.last(), event="document_refused", actor=str(lin_mei.account.pk), factor="activation_code", reason="wrong")


def test_s23_a_passkey_that_does_not_fit(client: Client, lin_mei: Person, log: Lines) -> None:
    show_password(client, lin_mei)
    client.post(reverse("identity:sign_in_code"), {"passkey": "{}"})
    _is(log.last(), event="second_factor_failed", actor=str(lin_mei.account.pk), factor="passkey", reason="wrong")


def test_s23_a_closed_page(client: Client, lin_mei: Person, officer: Person, log: Lines) -> None:
    client.get("/test/unmarked/")
    _is(log.last(), event="access_refused", actor=None, reason="not_signed_in")
    show_password(client, lin_mei)
    client.get("/test/unmarked/")
    _is(log.last(), event="access_refused", actor=str(lin_mei.account.pk), reason="second_factor_missing")
    signed_in(client, officer.account).get("/test/citizens/")
    assert any(line.get("reason") == "citizens_only" for line in log.lines)
    signed_in(client, lin_mei.account).get(reverse("admin:index"))
    assert any(line.get("reason") == "staff_only" and line["view"] == "admin:index" for line in log.lines)


def test_s16_no_line_holds_an_id_an_address_a_code_or_a_password(
    client: Client, lin_mei: Person, clock: time_machine.Traveller, log: Lines
) -> None:
    _, invitation = services.invite_staff("chen@regulator.example", label="Chen", role=Role.OFFICER)
    secrets = [
        LIN_MEIS_CARD,
        "chen@",
        "lin@example.org",
        "127.0.0.1",
        lin_mei.code(),
        invitation,
        "my secret words",
    ]
    client.post(reverse("identity:sign_in_staff"), {"email": "chen@regulator.example", "password": "my secret words"})
    client.post(reverse("identity:enrol_staff"), {"email": "lin@example.org", "code": invitation})
    show_password(client, lin_mei, password="my secret words")
    sign_in(client, lin_mei)
    client.post(reverse("identity:sign_in_again"), {"token": lin_mei.code()})
    client.get("/test/unmarked/", {"q": LIN_MEIS_CARD})
    client.post(reverse("identity:sign_in"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD * 1000, "password": "x"})
    everything = json.dumps(log.lines, ensure_ascii=False)
    assert len(log.lines) >= 4
    assert [secret for secret in secrets if secret in everything] == []


def test_a_success_is_not_a_failure(client: Client, lin_mei: Person, log: Lines) -> None:
    sign_in(client, lin_mei)
    assert [line for line in log.lines if str(line["event"]).endswith("_failed")] == []
    assert identity.session_key(client)
