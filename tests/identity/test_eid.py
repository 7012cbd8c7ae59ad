"""Enrolment with the national eID, against a provider from PyPI over HTTP (S2)."""

import base64
import uuid
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import urllib3
from django.test import Client
from django.urls import reverse

from lookups.identity import codes, services
from lookups.identity.models import (
    Account,
    ActivationCode,
    EidIdentity,
    EidProof,
    Enrolment,
    IdentityDocument,
    Recovery,
)
from lookups.jurisdictions import schemes
from lookups.notices.models import Notice
from lookups.notices.services import render
from lookups.vault import blind
from tests.doubles import eid
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD, WANG_FANGS_CARD, Person, session_key, signed_in
from tests.identity.eid_journeys import come_back, configured, leave
from tests.identity.test_recovery import choose_password, set_up_app
from tests.ports import free_port

pytestmark = pytest.mark.django_db

SECOND_CARD = identity.resident_card(3)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    proved = {"acr": eid.ACR}
    with eid.provider_process(
        free_port(),
        {"sub": "lin", eid.ID_CLAIM: LIN_MEIS_CARD, **proved},
        {"sub": "lin with another card", eid.ID_CLAIM: LIN_MEIS_CARD, **proved},
        {"sub": "wang", eid.ID_CLAIM: WANG_FANGS_CARD, **proved},
        {"sub": "by password", eid.ID_CLAIM: LIN_MEIS_CARD, "acr": "https://eid.example/loa/low"},
        {"sub": "no acr", eid.ID_CLAIM: LIN_MEIS_CARD},
    ) as url:
        yield url


@pytest.fixture(autouse=True)
def _configured(issuer: str) -> Iterator[None]:
    with configured(issuer):
        yield


def prove(client: Client, sub: str, *, door: str = "identity:eid_start"):
    return come_back(client, agree(leave(client, door=door), sub))


def press(url: str, fields: dict[str, str]) -> urllib3.BaseHTTPResponse:
    """Press a button at the provider."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return urllib3.request("POST", url, body=urlencode(fields), headers=form, redirect=False)


def agree(url: str, sub: str) -> str:
    """Press the person's button at the provider; the address it leads back to."""
    response = press(url, {"sub": sub})
    assert response.status in {302, 303}, response.data
    return response.headers["Location"]


def test_s2_an_account_without_a_letter(client: Client) -> None:
    assert prove(client, "lin").url == reverse("identity:enrol_password")
    assert not Account.objects.exists(), "a proof alone is no account"
    client.post(reverse("identity:enrol_password"), {"password": PASSWORD, "again": PASSWORD})
    seed = Enrolment.objects.get().seed
    assert seed
    token = identity.code_of(base64.b32decode(seed))
    done = client.post(reverse("identity:enrol_authenticator"), {"token": token})
    assert done.url == reverse("identity:enrol_recovery_codes")
    document = IdentityDocument.objects.get()
    assert document.subject == schemes.subject_of("CN-RIC", LIN_MEIS_CARD)
    assert EidIdentity.objects.get().account == document.account == Account.objects.get()


def test_s2_pkce_state_nonce_and_acr_are_sent(client: Client) -> None:
    first, second = (parse_qs(urlsplit(leave(client)).query) for _ in range(2))
    assert first["code_challenge_method"] == ["S256"]
    assert first["acr_values"] == [eid.ACR]
    assert first["prompt"] == ["login"], "whoever used this computer before is asked again"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]


@pytest.mark.parametrize("sub", ["by password", "no acr"])
def test_s2_a_weaker_proof_is_refused(client: Client, sub: str) -> None:
    response = prove(client, sub)
    assert response.status_code == 400
    assert "not safe enough" in response.content.decode()
    assert not EidProof.objects.exists()


def test_s2_s11_the_person_is_known_by_issuer_and_sub_and_the_session_gets_a_new_key(
    client: Client, issuer: str
) -> None:
    back = agree(leave(client), "lin")
    before = session_key(client)
    come_back(client, back)
    assert EidProof.objects.get().person == blind.index("eid", f"{issuer}|lin"), "another issuer's lin is somebody else"
    assert session_key(client) != before


def test_s2_an_answer_that_took_longer_than_ten_minutes_is_refused(client: Client) -> None:
    back = agree(leave(client), "lin")
    session = client.session
    session["eid"] = session["eid"] | {"at": session["eid"]["at"] - 601}
    session.save()
    assert come_back(client, back).status_code == 400
    assert not Enrolment.objects.exists()


def test_s2_an_answer_is_good_once(client: Client) -> None:
    back = agree(leave(client), "lin")
    assert come_back(client, back).status_code == 302
    again = come_back(client, back)
    assert again.status_code == 400
    assert "used already" in again.content.decode()
    assert Enrolment.objects.count() == 1


def test_s2_a_code_that_was_redeemed_is_refused_in_another_journey(client: Client) -> None:
    back = agree(leave(client), "lin")
    assert come_back(client, back).status_code == 302
    state = parse_qs(urlsplit(leave(client)).query)["state"][0]
    redeemed = parse_qs(urlsplit(back).query)["code"][0]
    replayed = client.get(reverse("identity:eid_callback"), {"state": state, "code": redeemed})
    assert replayed.status_code == 400
    assert "We could not check" in replayed.content.decode()
    assert Enrolment.objects.count() == 1


def test_s2_an_answer_in_somebody_elses_browser_is_refused(client: Client) -> None:
    back = agree(leave(client), "lin")
    assert come_back(Client(), back).status_code == 400
    other = Client()
    leave(other)
    assert come_back(other, back).status_code == 400
    assert not Enrolment.objects.exists()


def test_s9_a_document_with_an_account_leads_back_into_it(client: Client, lin_mei: Person) -> None:
    assert prove(client, "lin").url == reverse("identity:enrol_password")
    assert Enrolment.objects.get().recovers == lin_mei.account
    assert "_auth_user_id" not in client.session, "an eID signs nobody in"
    assert choose_password(client).url == reverse("identity:keep_factor")
    assert set_up_app(client)[1].url == reverse("identity:recovered")
    assert Account.objects.get() == lin_mei.account
    assert Recovery.objects.get().ended_at is None


def test_s9_the_eid_of_somebody_else_leads_nowhere(client: Client, issuer: str, lin_mei: Person) -> None:
    EidIdentity.objects.create(account=lin_mei.account, person=uuid.uuid4(), issuer=issuer)
    assert "You have an account already" in prove(client, "lin").content.decode()
    assert not Enrolment.objects.exists()


def test_s9_an_account_that_an_operator_closed_stays_closed(client: Client, lin_mei: Person) -> None:
    Account.objects.update(is_active=False)
    assert "You have an account already" in prove(client, "lin").content.decode()
    assert not Enrolment.objects.exists()


def test_s2_a_person_with_an_account_gets_no_second_one(client: Client, issuer: str, wang_fang: Person) -> None:
    """A renewed card has another number: issuer and sub are the key."""
    prove(client, "lin")
    person = EidProof.objects.get().person
    Enrolment.objects.all().delete()
    EidIdentity.objects.create(account=wang_fang.account, person=person, issuer=issuer)
    assert "You have an account already" in prove(client, "lin").content.decode()
    assert not Enrolment.objects.exists()


def test_a_letter_and_an_eid_at_once_make_one_account(client: Client) -> None:
    letter, both = identity.activation_code(), [Client(), client]
    both[0].post(reverse("identity:enrol"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": letter})
    prove(both[1], "lin")
    seeds = []
    for browser in both:
        browser.post(reverse("identity:enrol_password"), {"password": PASSWORD, "again": PASSWORD})
        seed = Enrolment.objects.get(pk=browser.session["enrolment"]).seed
        seeds.append(base64.b32decode(seed or ""))
    ways = [
        browser.post(reverse("identity:enrol_authenticator"), {"token": identity.code_of(seed)}).url
        for browser, seed in zip(both, seeds, strict=True)
    ]
    assert ways == [reverse("identity:enrol_recovery_codes"), reverse("identity:enrol")]
    assert Account.objects.count() == 1


def test_an_eid_uses_up_no_letter(client: Client) -> None:
    prove(client, "lin")
    assert codes.normalise(services.issue_code(schemes.subject_of("CN-RIC", LIN_MEIS_CARD), scheme="CN-RIC"))


def test_who_stops_at_the_provider_is_told_so(client: Client) -> None:
    url = leave(client)
    response = press(url, {"action": "deny"})
    state = parse_qs(urlsplit(url).query)["state"][0]
    back = f"{response.headers['Location']}&state={state}" if "state=" not in response.headers["Location"] else None
    stopped = come_back(client, back or response.headers["Location"])
    assert "You stopped at the eID service" in stopped.content.decode()
    assert not ActivationCode.objects.exists()


def test_one_more_document_for_whoever_is_signed_in(client: Client, wang_fang: Person) -> None:
    signed_in(client, wang_fang.account)
    page = client.get(reverse("identity:account")).content.decode()
    assert "Add a document with my eID" in page
    assert prove(client, "lin", door="identity:eid_add_document").url == reverse("identity:account")
    assert schemes.subject_of("CN-RIC", LIN_MEIS_CARD) in wang_fang.account.subjects()
    assert "An identity document was added" in render(Notice.objects.get())[1]
    again = prove(client, "lin", door="identity:eid_add_document")
    assert "belongs to your account already" in again.content.decode()
    other = prove(client, "lin with another card", door="identity:eid_add_document")
    assert "not the one that your account was opened with" in other.content.decode()


def test_s2_a_letter_for_a_document_that_an_eid_added_is_void(client: Client, wang_fang: Person) -> None:
    letter = identity.activation_code(LIN_MEIS_CARD)
    signed_in(client, wang_fang.account)
    prove(client, "lin", door="identity:eid_add_document")
    assert ActivationCode.objects.get().used_at is not None
    form = {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": letter}
    assert Client().post(reverse("identity:forgotten"), form).status_code == 200
    assert not Enrolment.objects.exists()


def test_somebody_elses_document_is_not_added(client: Client, lin_mei: Person, wang_fang: Person) -> None:
    signed_in(client, wang_fang.account)
    response = prove(client, "lin", door="identity:eid_add_document")
    assert response.status_code == 409
    assert len(wang_fang.account.subjects()) == 1
    assert not EidIdentity.objects.exists()


def test_s2_an_eid_that_opened_another_account_adds_nothing_here(
    client: Client, issuer: str, lin_mei: Person, wang_fang: Person
) -> None:
    lin_mei.account.documents.all().delete()
    person = blind.index("eid", f"{issuer}|lin")
    EidIdentity.objects.create(account=lin_mei.account, person=person, issuer=issuer)
    signed_in(client, wang_fang.account)
    assert prove(client, "lin", door="identity:eid_add_document").status_code == 409
    assert IdentityDocument.objects.count() == len(wang_fang.account.subjects()) == 1


def test_s12_adding_a_document_asks_for_a_factor_first(client: Client, wang_fang: Person) -> None:
    signed_in(client, wang_fang.account, fresh=False)
    assert client.post(reverse("identity:eid_add_document")).url.startswith(reverse("identity:sign_in_again"))


def test_a_proof_begun_by_somebody_else_in_this_browser_is_not_theirs(client: Client, wang_fang: Person) -> None:
    back = agree(leave(client), "lin")
    session = dict(client.session["eid"])
    signed_in(client, wang_fang.account)
    kept = client.session
    kept["eid"] = session
    kept.save()
    assert come_back(client, back).status_code == 400
    assert len(wang_fang.account.subjects()) == 1


def test_without_a_provider_there_is_no_such_page(client: Client) -> None:
    with configured(""):
        assert client.post(reverse("identity:eid_start")).status_code == 404
        assert client.get(reverse("identity:eid_callback")).status_code == 404
        assert "eID" not in client.get(reverse("identity:enrol")).content.decode()
