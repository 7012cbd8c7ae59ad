"""From the code in the letter to an account with both factors (S2, S6, S9, S11)."""

import base64
import re

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookups.identity import enrolment, services
from lookups.identity.models import Account, ActivationCode, AuthenticatorApp, Enrolment, RecoveryCode, Role
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD, WANG_FANGS_CARD, Person, code_of, session_key, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.identity.urls")]
WORDS = "This code does not work with these details."


def begin(client: Client, code: str, number: str = LIN_MEIS_CARD) -> HttpResponse:
    return client.post(reverse("identity:enrol"), {"scheme": "CN-RIC", "number": number, "code": code})


def choose_password(client: Client, password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post(reverse("identity:enrol_password"), {"password": password, "again": password, **more})


def seed_on_page(client: Client) -> bytes:
    """What somebody types into their authenticator app."""
    groups = client.get(reverse("identity:enrol_authenticator")).context["secret_groups"]
    return base64.b32decode(groups.replace(" ", ""))


def confirm(client: Client, seed: bytes) -> HttpResponse:
    return client.post(reverse("identity:enrol_authenticator"), {"token": code_of(seed)})


def test_the_whole_way(clock: time_machine.Traveller, client: Client, db: None) -> None:
    assert begin(client, identity.activation_code()).url == reverse("identity:enrol_password")
    assert choose_password(client, email="lin@example.org").url == reverse("identity:enrol_passkey")
    seed = seed_on_page(client)
    assert Account.objects.count() == 0, "no account before the factor is confirmed"
    assert confirm(client, seed).url == reverse("identity:enrol_recovery_codes")

    page = client.get(reverse("identity:enrol_recovery_codes"))
    saved = page.context["codes"]
    assert len(saved) == 10
    assert all(re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", code) for code in saved)
    assert client.post(reverse("identity:enrol_recovery_codes")).url == reverse("overview:numbers")
    assert client.get(reverse("identity:enrol_recovery_codes")).url == reverse("overview:numbers")
    assert client.get("/test/careful/").status_code == 200, "signed in with both factors, freshly"

    account = Account.objects.get()
    assert account.email == "lin@example.org"
    assert account.language == "en"
    assert account.documents.get().scheme == "CN-RIC"
    assert not Enrolment.objects.exists()
    assert RecoveryCode.objects.filter(user=account).count() == 10

    clock.shift(60)
    later = Client()
    assert sign_in(later, Person(account, number=LIN_MEIS_CARD, seed=seed)).url == reverse("overview:numbers")


def test_s6_the_code_that_confirmed_the_app_does_not_sign_in_too(
    clock: time_machine.Traveller, client: Client, db: None
) -> None:
    begin(client, identity.activation_code())
    choose_password(client)
    seed = seed_on_page(client)
    confirm(client, seed)
    assert services.check_factor(Account.objects.get(), token=code_of(seed), source="192.0.2.1") is None


def test_a_wrong_confirmation_makes_no_account_and_uses_no_code(
    clock: time_machine.Traveller, client: Client, db: None
) -> None:
    begin(client, identity.activation_code())
    choose_password(client)
    answer = client.post(reverse("identity:enrol_authenticator"), {"token": "000000"})
    assert answer.status_code == 200
    assert "not the code we expected" in answer.content.decode()
    assert not Account.objects.exists()
    assert ActivationCode.objects.get().used_at is None


@pytest.mark.parametrize("wrong", ["0000-0000-0000", "x", "0" * 40, "¤¤¤¤"])
def test_s2_a_wrong_code_begins_nothing(clock: time_machine.Traveller, client: Client, db: None, wrong: str) -> None:
    identity.activation_code()
    assert WORDS in begin(client, wrong).content.decode()
    assert not Enrolment.objects.exists()
    assert client.get(reverse("identity:enrol_password")).url == reverse("identity:enrol")


def test_s2_somebody_elses_code_begins_nothing(clock: time_machine.Traveller, client: Client, db: None) -> None:
    code = identity.activation_code(WANG_FANGS_CARD)
    assert WORDS in begin(client, code).content.decode()
    assert not Enrolment.objects.exists()


def test_s2_a_code_ends_after_21_days(clock: time_machine.Traveller, client: Client, db: None) -> None:
    code = identity.activation_code()
    clock.shift(21 * 86400)
    assert WORDS in begin(client, code).content.decode()


def test_s2_a_used_code_is_used(clock: time_machine.Traveller, client: Client, db: None) -> None:
    code = identity.activation_code()
    begin(client, code)
    choose_password(client)
    confirm(client, seed_on_page(client))
    assert WORDS in begin(Client(), code).content.decode()
    assert Account.objects.count() == 1


def test_s2_a_code_that_was_withdrawn_begins_nothing(clock: time_machine.Traveller, client: Client, db: None) -> None:
    code = identity.activation_code()
    ActivationCode.objects.update(used_at=ActivationCode.objects.get().issued_at)
    assert WORDS in begin(client, code).content.decode()
    assert not Enrolment.objects.exists()


def test_s2_a_code_withdrawn_on_the_way_ends_the_way(clock: time_machine.Traveller, client: Client, db: None) -> None:
    begin(client, identity.activation_code())
    choose_password(client)
    seed = seed_on_page(client)
    ActivationCode.objects.update(used_at=ActivationCode.objects.get().issued_at)
    assert confirm(client, seed).url == reverse("identity:enrol")
    assert not Account.objects.exists()


@pytest.mark.parametrize("meanwhile", ["used", "expired"])
def test_s2_a_code_that_ended_while_the_last_page_was_sent_makes_no_account(
    clock: time_machine.Traveller, client: Client, db: None, meanwhile: str
) -> None:
    begin(client, identity.activation_code())
    choose_password(client)
    row = Enrolment.objects.select_related("code").get()
    now = timezone.now()
    ActivationCode.objects.update(**({"used_at": now} if meanwhile == "used" else {"expires_at": now}))
    assert row.seed is not None
    with pytest.raises(enrolment.EnrolmentOver):
        enrolment.confirm(row, token=code_of(base64.b32decode(row.seed)), language="en")
    assert not Account.objects.exists()


def test_s2_five_tries_in_ten_minutes(clock: time_machine.Traveller, client: Client, db: None) -> None:
    code = identity.activation_code()
    assert [begin(client, "0000-0000-0000").status_code for _ in range(6)] == [200] * 5 + [429]
    assert begin(client, code).status_code == 429
    clock.shift(601)
    assert begin(client, code).status_code == 302


def test_a_code_may_be_typed_in_any_spelling(clock: time_machine.Traveller, client: Client, db: None) -> None:
    code = identity.activation_code().replace("-", " ").lower().replace("1", "I").replace("0", "O")
    assert begin(client, f"  {code} ").status_code == 302


def test_s2_s9_neither_code_is_in_the_database(clock: time_machine.Traveller, db: None) -> None:
    code = identity.activation_code()
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_activationcode::text FROM identity_activationcode")
        row = cursor.fetchone()[0]
    assert code not in row
    assert code.replace("-", "").encode().hex() not in row


def test_nothing_personal_is_in_the_session(clock: time_machine.Traveller, client: Client, db: None) -> None:
    begin(client, identity.activation_code())
    choose_password(client, email="lin@example.org")
    kept = Session.objects.get(session_key=session_key(client)).get_decoded()
    assert set(kept) == {"enrolment"}
    assert kept["enrolment"] == str(Enrolment.objects.get().pk)


def test_the_seed_and_the_address_wait_sealed(clock: time_machine.Traveller, client: Client, db: None) -> None:
    begin(client, identity.activation_code())
    choose_password(client, email="lin@example.org")
    seed = seed_on_page(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, seed FROM identity_enrolment")
        email, sealed = (bytes(value) for value in cursor.fetchone())
    assert b"lin@" not in email
    assert seed not in sealed


def test_s11_the_session_key_changes_when_the_code_was_right_and_at_the_end(
    clock: time_machine.Traveller, client: Client, db: None
) -> None:
    client.session.save()
    begin(client, identity.activation_code())
    first = session_key(client)
    choose_password(client)
    confirm(client, seed_on_page(client))
    assert session_key(client) != first


def test_an_enrolment_left_lying_is_over_after_an_hour(clock: time_machine.Traveller, client: Client, db: None) -> None:
    code = identity.activation_code()
    begin(client, code)
    choose_password(client)
    clock.shift(3601)
    assert client.get(reverse("identity:enrol_authenticator")).url == reverse("identity:enrol")
    assert begin(client, code).status_code == 302
    assert Enrolment.objects.count() == 1, "the old one is gone"


def test_pages_in_the_wrong_order_lead_back(clock: time_machine.Traveller, client: Client, db: None) -> None:
    for name in ("enrol_password", "enrol_authenticator"):
        assert client.get(reverse(f"identity:{name}")).url == reverse("identity:enrol")
        assert client.post(reverse(f"identity:{name}"), {"token": "1"}).url == reverse("identity:enrol")
    begin(client, identity.activation_code())
    assert client.get(reverse("identity:enrol_authenticator")).url == reverse("identity:enrol_password")
    assert client.get(reverse("identity:enrol_recovery_codes")).status_code == 302


def test_recovery_codes_are_shown_to_their_owner_alone(
    clock: time_machine.Traveller, client: Client, wang_fang: Person
) -> None:
    begin(client, identity.activation_code())
    choose_password(client)
    confirm(client, seed_on_page(client))
    stranger = identity.signed_in(Client(), wang_fang.account)
    session = stranger.session
    session["enrolment"] = str(Enrolment.objects.get().pk)
    session.save()
    page = reverse("identity:enrol_recovery_codes")
    assert stranger.get(page).status_code == 302
    stranger.post(page)
    assert len(client.get(page).context["codes"]) == 10


def test_staff_enrol_with_their_address(clock: time_machine.Traveller, client: Client, db: None) -> None:
    invited, code = services.invite_staff("Chen@Regulator.example", label="Officer Chen", role=Role.OFFICER)
    assert not invited.is_active
    begun = client.post(reverse("identity:enrol_staff"), {"email": "chen@regulator.example", "code": code})
    assert begun.url == reverse("identity:enrol_password")
    assert "email" not in client.get(begun.url).context["form"].fields
    choose_password(client)
    confirm(client, seed_on_page(client))
    assert client.post(reverse("identity:enrol_recovery_codes")).url == reverse("admin:index")
    invited.refresh_from_db()
    assert invited.is_active
    assert invited.email == "Chen@Regulator.example"
    assert AuthenticatorApp.objects.filter(user=invited).count() == 1


def test_s9_staff_who_were_frozen_enrol_anew_and_their_old_factors_are_gone(
    clock: time_machine.Traveller, client: Client, db: None
) -> None:
    clerk = identity.staff(Role.OFFICER)
    Account.objects.update(is_active=False, frozen_at=timezone.now(), password=make_password(None))
    _again, code = services.invite_staff(clerk.email, label="Clerk Wang", role=Role.OFFICER)
    client.post(reverse("identity:enrol_staff"), {"email": clerk.email, "code": code})
    choose_password(client)
    seed = seed_on_page(client)
    confirm(client, seed)
    assert AuthenticatorApp.objects.get(user=clerk.account).seed == base64.b32encode(seed).decode()


def test_an_old_invitation_does_not_bring_a_closed_staff_account_back(
    clock: time_machine.Traveller, client: Client, db: None
) -> None:
    account, code = services.invite_staff("chen@regulator.example", label="Chen", role=Role.OFFICER)
    account.set_password(PASSWORD)
    account.save()
    answer = client.post(reverse("identity:enrol_staff"), {"email": "chen@regulator.example", "code": code})
    assert WORDS in answer.content.decode()
    assert not Enrolment.objects.exists()


def test_a_staff_code_is_no_citizens_code(clock: time_machine.Traveller, client: Client, db: None) -> None:
    _, code = services.invite_staff("chen@regulator.example", label="Chen", role=Role.OFFICER)
    assert WORDS in begin(client, code).content.decode()


def test_the_picture_is_plain_svg_and_holds_the_same_seed(
    clock: time_machine.Traveller, client: Client, db: None
) -> None:
    begin(client, identity.activation_code())
    choose_password(client)
    page = client.get(reverse("identity:enrol_authenticator"))
    svg, uri = page.context["qr_svg"], page.context["otpauth_uri"]
    assert svg.startswith("<svg")
    assert "style=" not in svg, "the content security policy refuses inline styles"
    assert page.context["secret_groups"].replace(" ", "") in uri
    assert LIN_MEIS_CARD not in uri
    assert str(svg) in page.content.decode()
