"""What a browser may answer to the question for a passkey: nothing but a right answer to the last question (S3, S4)."""

import base64
import json
import uuid

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from django.urls import reverse

from lookups.identity import passkeys
from lookups.identity.models import Account, Enrolment, Passkey
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD, Person, show_password, signed_in
from tests.identity.test_factor_changes import a_passkey

pytestmark = [pytest.mark.django_db]


def some_answer(passkey: Passkey | None = None, **response: object) -> str:
    raw = base64.urlsafe_b64encode(bytes(passkey.credential_id) if passkey else b"none").rstrip(b"=").decode()
    return json.dumps({"id": raw, "rawId": raw, "type": "public-key", "response": response})


NONSENSE = [
    "",
    "x",
    "[]",
    "null",
    "{}",
    '{"rawId": 7}',
    '{"rawId": "AA", "response": []}',
    "[" * 5000,
    '{"rawId": "' + "A" * 20000 + '"}',
    some_answer(),
    some_answer(clientDataJSON="AA", authenticatorData="AA", signature="AA", attestationObject="AA"),
]


def test_s4_the_question_verifies_the_user_and_names_nobody(clock: time_machine.Traveller, lin_mei: Person) -> None:
    client = signed_in(Client(), lin_mei.account)
    options = client.post(reverse("identity:add_passkey_options")).json()
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert options["rp"]["id"] == "localhost"
    assert len(base64.urlsafe_b64decode(options["user"]["id"] + "==")) == 64
    assert LIN_MEIS_CARD not in str(options)
    assert str(lin_mei.account.pk) not in str(options)
    shown = client.post(reverse("identity:passkey_options")).json()
    assert shown["userVerification"] == "required"


def test_one_person_has_one_handle_and_no_passkey_is_made_twice_on_a_device(
    clock: time_machine.Traveller, lin_mei: Person
) -> None:
    passkey = a_passkey(lin_mei.account)
    options = signed_in(Client(), lin_mei.account).post(reverse("identity:add_passkey_options")).json()
    assert base64.urlsafe_b64decode(options["user"]["id"] + "==") == bytes(passkey.user_handle)
    assert len(options["excludeCredentials"]) == 1


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_s3_nonsense_signs_nobody_in(clock: time_machine.Traveller, lin_mei: Person, nonsense: str) -> None:
    a_passkey(lin_mei.account)
    client = Client()
    show_password(client, lin_mei)
    client.post(reverse("identity:passkey_options"))
    answer = client.post(reverse("identity:sign_in_code"), {"passkey": nonsense})
    assert answer.status_code == 200
    assert "This passkey did not work." in answer.content.decode()
    assert client.get(reverse("identity:account")).url == reverse("identity:sign_in_code")


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_adds_no_passkey(clock: time_machine.Traveller, lin_mei: Person, nonsense: str) -> None:
    client = signed_in(Client(), lin_mei.account)
    client.post(reverse("identity:add_passkey_options"))
    answer = client.post(reverse("identity:add_passkey"), {"passkey": nonsense})
    assert "The passkey was not accepted." in answer.content.decode()
    assert not Passkey.objects.exists()


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_enrols_nobody(clock: time_machine.Traveller, db: None, nonsense: str) -> None:
    client = enrolling()
    assert client.post(reverse("identity:enrol_passkey_options")).status_code == 200
    answer = client.post(reverse("identity:enrol_passkey"), {"passkey": nonsense})
    assert "The passkey was not accepted." in answer.content.decode()
    assert not Account.objects.exists()


ME, OTHER = uuid.uuid4(), uuid.uuid4()


@pytest.mark.parametrize(
    ("purpose", "who", "seconds", "good"),
    [
        (passkeys.SHOW, ME, 300, True),
        (passkeys.SHOW, ME, 301, False),
        (passkeys.SHOW, ME, -1, False),
        (passkeys.SHOW, OTHER, 0, False),
        (passkeys.REGISTER, ME, 0, False),
    ],
)
def test_s4_a_challenge_is_for_one_purpose_one_person_and_five_minutes(
    clock: time_machine.Traveller, purpose: str, who: uuid.UUID, seconds: int, good: bool
) -> None:
    request = RequestFactory().post("/")
    request.session = SessionStore()
    passkeys._keep(request, passkeys.SHOW, ME, {"challenge": "of this moment"})
    clock.shift(seconds)
    if good:
        assert passkeys._take(request, purpose, who)["challenge"] == "of this moment"
    else:
        with pytest.raises(passkeys.PasskeyRefused):
            passkeys._take(request, purpose, who)
    assert passkeys.CHALLENGE not in request.session


def test_s12_the_question_for_one_more_passkey_needs_a_fresh_factor(
    clock: time_machine.Traveller, lin_mei: Person
) -> None:
    client = signed_in(Client(), lin_mei.account, fresh=False)
    answer = client.post(reverse("identity:add_passkey_options"))
    assert answer.url.startswith(reverse("identity:sign_in_again"))
    assert passkeys.CHALLENGE not in client.session


def test_s4_a_challenge_is_gone_with_the_first_answer(clock: time_machine.Traveller, lin_mei: Person) -> None:
    passkey = a_passkey(lin_mei.account)
    client = Client()
    show_password(client, lin_mei)
    client.post(reverse("identity:passkey_options"))
    assert passkeys.CHALLENGE in client.session
    client.post(reverse("identity:sign_in_code"), {"passkey": some_answer(passkey)})
    assert passkeys.CHALLENGE not in client.session


def test_s3_the_question_needs_the_password_and_one_to_add_needs_both_factors(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    assert client.post(reverse("identity:passkey_options")).status_code == 302
    assert client.post(reverse("identity:enrol_passkey_options")).status_code == 403
    show_password(client, lin_mei)
    assert client.post(reverse("identity:passkey_options")).status_code == 200
    assert client.post(reverse("identity:add_passkey_options")).url == reverse("identity:sign_in_code")
    assert client.get(reverse("identity:passkey_options")).status_code == 405


def test_an_enrolment_needs_its_password_first(clock: time_machine.Traveller, client: Client, db: None) -> None:
    code = identity.activation_code()
    client.post(reverse("identity:enrol"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": code})
    assert client.get(reverse("identity:enrol_passkey")).url == reverse("identity:enrol_password")
    assert client.post(reverse("identity:enrol_passkey_options")).status_code == 403


def enrolling() -> Client:
    """Somebody who has chosen a password."""
    client = Client()
    code = identity.activation_code()
    client.post(reverse("identity:enrol"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": code})
    client.post(reverse("identity:enrol_password"), {"password": PASSWORD, "again": PASSWORD})
    assert Enrolment.objects.exists()
    return client
