"""Nobody learns from a door whether an ID is known here: same words, same status, same work (S1, S15)."""

from unittest import mock

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.urls import reverse

from lookups.identity import services
from lookups.identity.models import Account, Role
from tests.factories import identity
from tests.factories.identity import CLERK_WANGS_ADDRESS, LIN_MEIS_CARD, NOBODYS_CARD, PASSWORD, Person, session_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def _errors(client: Client, **fields: str) -> tuple[int, str]:
    data = {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "password": PASSWORD, **fields}
    response = client.post(reverse("identity:sign_in"), data)
    return response.status_code, str(response.context["form"].non_field_errors())


def test_s15_unknown_id_and_wrong_password_get_the_same_answer(client: Client, lin_mei: Person) -> None:
    wrong = _errors(client, password="not the password")
    unknown = _errors(client, number=NOBODYS_CARD)
    lin_mei.account.is_active = False
    lin_mei.account.save()
    closed = _errors(client)
    assert wrong == unknown == closed
    assert "We cannot sign you in" in wrong[1]
    assert session_key(client) == ""


def test_s15_the_same_for_staff(client: Client, officer: Person) -> None:
    answers = set()
    for email, password in ((CLERK_WANGS_ADDRESS, "not the password"), ("nobody@example.org", PASSWORD)):
        response = client.post(reverse("identity:sign_in_staff"), {"email": email, "password": password})
        answers.add((response.status_code, str(response.context["form"].non_field_errors())))
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("number", "password"),
    [(LIN_MEIS_CARD, PASSWORD), (LIN_MEIS_CARD, "not the password"), (NOBODYS_CARD, PASSWORD)],
)
def test_s15_every_try_costs_exactly_one_argon2id_hash(lin_mei: Person, number: str, password: str) -> None:
    assert lin_mei.account.password.startswith("argon2$argon2id$")
    with (
        mock.patch.object(Argon2PasswordHasher, "encode", wraps=Argon2PasswordHasher().encode) as encode,
        mock.patch.object(Argon2PasswordHasher, "verify", wraps=Argon2PasswordHasher().verify) as verify,
    ):
        services.check_password("CN-RIC", number=number, password=password, source="192.0.2.1")
    assert encode.call_count + verify.call_count == 1


def test_s15_an_invited_colleague_who_has_not_enrolled_looks_like_nobody(client: Client) -> None:
    services.invite_staff("new@regulator.example", label="New", role=Role.OFFICER)
    answers = set()
    for email in ("new@regulator.example", "nobody@example.org"):
        response = client.post(reverse("identity:sign_in_staff"), {"email": email, "password": PASSWORD})
        answers.add((response.status_code, str(response.context["form"].non_field_errors())))
    assert len(answers) == 1


def test_s15_without_the_code_a_document_with_an_account_is_answered_like_any_other(client: Client) -> None:
    """Who holds the code has proved who they are, and is led back into the account (S9)."""
    identity.activation_code()
    identity.lin_mei()
    answers = set()
    for number in (LIN_MEIS_CARD, NOBODYS_CARD):
        data = {"scheme": "CN-RIC", "number": number, "code": "0000-0000-0000"}
        for page in ("enrol", "forgotten"):
            response = client.post(reverse(f"identity:{page}"), data)
            answers.add((response.status_code, str(response.context["form"].non_field_errors())))
    assert len(answers) == 1
    assert Account.objects.count() == 1


def test_a_number_that_cannot_be_one_is_explained_without_being_repeated_in_the_error(client: Client) -> None:
    wrong = LIN_MEIS_CARD[:-1] + ("0" if LIN_MEIS_CARD[-1] != "0" else "1")
    response = client.post(reverse("identity:sign_in"), {"scheme": "CN-RIC", "number": wrong, "password": PASSWORD})
    errors = response.context["form"].errors["number"]
    assert errors == ["One of the characters is wrong: the number does not add up."]
