"""What does not belong into a form gets a sentence, and changes nothing (issue: bad input)."""

import pytest
from django.test import Client
from django.urls import reverse

from lookups.identity.models import Enrolment, Throttle
from tests.factories.identity import LIN_MEIS_CARD, NOBODYS_CARD, PASSWORD, Person, session_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
GOOD = {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "password": PASSWORD}


def _errors(client: Client, name: str, data: dict[str, str]) -> list[str]:
    response = client.post(reverse(f"identity:{name}"), data)
    assert response.status_code == 200
    assert len(response.content) < 40_000
    assert session_key(client) == ""
    return [str(error) for errors in response.context["form"].errors.values() for error in errors]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"number": ""}, "Type the number of the document."),
        ({"password": ""}, "Type the password."),
        ({"scheme": ""}, "Choose the kind of identity document."),
        ({"scheme": "XX-NONE"}, "Choose one of the documents in the list."),
        ({"number": NOBODYS_CARD[:-1]}, "This number does not have the right length for this document."),
        ({"number": "A" * 18}, "This cannot be a number of this document."),
        ({"number": "9" * 900_000}, "This is too long."),
        ({"password": "p" * 900_000}, "This is too long."),
        ({"number": "1101\x0001"}, "Null characters are not allowed."),
    ],
)
def test_at_the_citizens_door(client: Client, lin_mei: Person, bad: dict[str, str], sentence: str) -> None:
    errors = _errors(client, "sign_in", GOOD | bad)
    assert sentence in errors
    assert not any(value in " ".join(errors) for value in bad.values() if value)
    assert not Throttle.objects.exists(), "what cannot be right is no try"


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"email": "not an address"}, "An e-mail address looks like name@example.org."),
        ({"email": "a" * 900_000 + "@example.org"}, "This is too long."),
        ({"email": ""}, "Type the e-mail address."),
    ],
)
def test_at_the_staff_door(client: Client, officer: Person, bad: dict[str, str], sentence: str) -> None:
    assert sentence in _errors(client, "sign_in_staff", {"email": officer.email, "password": PASSWORD} | bad)


@pytest.mark.parametrize(
    ("code", "sentence"), [("", "Type the activation code."), ("A" * 900_000, "This is too long.")]
)
def test_at_enrolment(client: Client, code: str, sentence: str) -> None:
    assert sentence in _errors(client, "enrol", {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": code})
    assert not Enrolment.objects.exists()


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(client: Client) -> None:
    response = client.post(
        reverse("identity:sign_in"), data="number=" + "9" * 2_000_000, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 400


def test_nothing_by_get(client: Client, lin_mei: Person) -> None:
    response = client.get(reverse("identity:sign_in"), GOOD)
    assert response.status_code == 200
    assert session_key(client) == ""
    assert not response.context["form"].is_bound


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert getattr(client, method)(reverse("identity:sign_in")).status_code == 405
