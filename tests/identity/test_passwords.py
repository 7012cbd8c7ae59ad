"""Which passwords are taken (S5)."""

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from lookups.identity import passwords, services
from lookups.identity.models import Account, Enrolment
from portal.settings import PASSWORD_HASHERS
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def code(client: Client) -> str:
    """The code of an enrolment that has come to the password page."""
    code = identity.activation_code()
    client.post(reverse("identity:enrol"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": code})
    return code


def _choose(client: Client, password: str, again: str | None = None, email: str = "") -> list[str]:
    """The errors, none where the password was taken."""
    response = client.post(
        reverse("identity:enrol_password"),
        {"password": password, "again": password if again is None else again, "email": email},
    )
    if response.status_code == 302:
        return []
    assert Enrolment.objects.get().password == "", "nothing was kept"
    return [error for errors in response.context["form"].errors.values() for error in errors]


@pytest.mark.parametrize(
    "password",
    [
        "seven lanterns",
        "abcdefghijklm seven",
        "correct horse battery staple " * 2,
        "多く の 灯籠 が 静か",
        "  spaces at both ends  ",
        "x" * 100 + "y" * 100,
    ],
)
def test_s5_long_ones_of_any_kind_are_taken(client: Client, code: str, password: str) -> None:
    assert _choose(client, password) == []
    assert Enrolment.objects.get().password.startswith("argon2$argon2id$")


@pytest.mark.parametrize(
    "password",
    ["short", "password", "qwertyuiop", "Registration2026", "my-numbers-1", "SIM card 99", "12345678901"],
)
def test_s5_what_a_stranger_would_try_first_is_refused(client: Client, code: str, password: str) -> None:
    assert _choose(client, password)


def test_s5_what_stands_on_the_papers_is_refused(client: Client, code: str) -> None:
    words = ["This stands on your papers. Choose a password that nobody can read anywhere."]
    assert words[0] in _choose(client, code), "S2: the code never becomes the password"
    assert words[0] in _choose(client, code.lower().replace("-", " "))
    assert words[0] in _choose(client, f"{LIN_MEIS_CARD[:6]} {LIN_MEIS_CARD[6:]}") + _choose(client, LIN_MEIS_CARD)


def test_s5_nor_is_the_own_address(client: Client, code: str) -> None:
    assert _choose(client, "lin.mei.1895@example.org", email="lin.mei.1895@example.org")
    assert _choose(client, "LinMei1895", email="lin.mei.1895@example.org")


def test_two_different_passwords_are_refused(client: Client, code: str) -> None:
    assert _choose(client, PASSWORD, again=PASSWORD + "!") == ["The two passwords are not the same."]


def test_a_million_characters_are_refused_without_being_hashed_or_sent_back(client: Client, code: str) -> None:
    response = client.post(reverse("identity:enrol_password"), {"password": "x" * 400_000, "again": "x" * 400_000})
    assert response.status_code == 200
    assert "This is too long." in response.content.decode()
    assert len(response.content) < 30_000


@override_settings(PASSWORD_HASHERS=PASSWORD_HASHERS)
def test_s5_passwords_are_kept_as_argon2id_at_least_as_costly_as_owasp_asks() -> None:
    _, kind, _, costs, *_ = passwords.encode(PASSWORD).split("$")
    memory, rounds, _ = (int(cost.partition("=")[2]) for cost in costs.split(","))
    assert kind == "argon2id"
    assert memory >= 19 * 1024
    assert rounds >= 2


def test_the_same_password_from_another_keyboard_is_the_same() -> None:
    composed, decomposed, wide = "Caf\u00e9 lanterns", "Cafe\u0301 lanterns", "\uff23\uff41\uff46\u00e9 lanterns"
    encoded = passwords.encode(composed)
    assert passwords.matches(decomposed, encoded)
    assert passwords.matches(wide, encoded)
    assert not passwords.matches("Cafe lanterns", encoded)


def test_the_sample_world_hashes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = services.encode_password(PASSWORD)
    monkeypatch.setattr(passwords, "encode", None)
    account = services.create_citizen([("CN-RIC", LIN_MEIS_CARD)], password=encoded, sample=True)
    assert Account.objects.get(sample=True) == account
    assert account.check_password(PASSWORD)
