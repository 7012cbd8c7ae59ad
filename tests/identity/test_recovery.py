"""Coming back with a code: with a factor at once, without one after 24 hours, and never a second account (S9, S10)."""

import base64

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from lookups.identity import recovery, services, tasks
from lookups.identity.models import Account, ActivationCode, AuthenticatorApp, Enrolment, Recovery, RecoveryCode
from lookups.jurisdictions import schemes
from lookups.notices.models import Notice
from lookups.notices.services import render
from tests.factories import identity
from tests.factories.identity import (
    LIN_MEIS_CARD,
    PASSWORD,
    Person,
    code_of,
    show_password,
    sign_in,
    signed_in,
)

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "eleven herons over the weir"
DAY = 86400


def letter(number: str = LIN_MEIS_CARD) -> str:
    """A code that the owner of an account asked for."""
    return services.issue_code(schemes.subject_of("CN-RIC", number), scheme="CN-RIC", recovery=True)


def begin(client: Client, code: str, *, page: str = "enrol") -> HttpResponse:
    return client.post(reverse(f"identity:{page}"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": code})


def choose_password(client: Client) -> HttpResponse:
    return client.post(reverse("identity:enrol_password"), {"password": NEW_PASSWORD, "again": NEW_PASSWORD})


def set_up_app(client: Client) -> tuple[bytes, HttpResponse]:
    groups = client.get(reverse("identity:enrol_authenticator")).context["secret_groups"]
    seed = base64.b32decode(groups.replace(" ", ""))
    return seed, client.post(reverse("identity:enrol_authenticator"), {"token": code_of(seed)})


def start(client: Client) -> bytes:
    """The whole way without a factor; the seed of the new app."""
    begin(client, letter())
    choose_password(client)
    seed, answer = set_up_app(client)
    assert answer.url == reverse("identity:recovered")
    return seed


def told() -> list[str]:
    """What was told so far, oldest first, once an address."""
    return [render(notice)[1] for notice in Notice.objects.filter(kind="security_change").order_by("created_at")]


def test_s9_without_a_factor_everything_is_new_after_24_hours(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    services.add_recovery_codes(lin_mei.account)
    old = signed_in(Client(), lin_mei.account)
    seed = start(client)
    page = client.get(reverse("identity:recovered"))
    saved = page.context["codes"]
    assert len(saved) == 10
    assert client.post(reverse("identity:recovered")).url == reverse("identity:sign_in")
    assert client.get(reverse("identity:recovered")).url == reverse("identity:sign_in"), "shown once"
    assert client.get(reverse("identity:account")).status_code == 302, "nobody is signed in by it"

    clock.shift(DAY - 1)
    tasks.finish_recoveries()
    assert AuthenticatorApp.objects.get(user=lin_mei.account).seed == base64.b32encode(lin_mei.seed).decode()
    clock.shift(2)
    tasks.finish_recoveries()

    assert Account.objects.count() == 1
    assert AuthenticatorApp.objects.get(user=lin_mei.account).seed == base64.b32encode(seed).decode()
    assert RecoveryCode.objects.filter(user=lin_mei.account).count() == 10, "the old ones are gone"
    assert old.get(reverse("identity:account")).status_code == 302, "every session has ended"
    show_password(Client(), lin_mei, password=PASSWORD)
    back = Client()
    show_password(back, lin_mei, password=NEW_PASSWORD)
    assert back.post(reverse("identity:sign_in_code"), {"token": lin_mei.code()}).status_code == 200
    clock.shift(60)
    assert back.post(reverse("identity:sign_in_code"), {"token": code_of(seed)}).url == reverse("overview:numbers")
    other = Client(REMOTE_ADDR="198.51.100.7")
    show_password(other, lin_mei, password=NEW_PASSWORD)
    assert other.post(reverse("identity:sign_in_code"), {"token": saved[0]}).url == reverse(
        "identity:new_recovery_code"
    )


def test_s9_during_the_wait_the_old_factors_work_and_a_sign_in_stops_it(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    start(client)
    assert sign_in(Client(), lin_mei).url == reverse("overview:numbers")
    assert Recovery.objects.get().ended_at is not None
    clock.shift(2 * DAY)
    tasks.finish_recoveries()
    lin_mei.account.refresh_from_db()
    assert AuthenticatorApp.objects.get().seed == base64.b32encode(lin_mei.seed).decode()
    assert show_password(Client(), lin_mei, password=PASSWORD).status_code == 302
    assert any("recovery of the account was stopped" in text for text in told())


def test_s9_the_password_alone_stops_nothing(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    start(client)
    show_password(Client(), lin_mei)
    assert Recovery.objects.get().ended_at is None


def test_s9_what_waits_is_sealed_and_what_ended_keeps_no_secret(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    seed = start(client)
    waiting = Recovery.objects.get()
    assert waiting.seed == base64.b32encode(seed).decode()
    assert waiting.password.startswith("argon2")
    recovery.cancel(lin_mei.account)
    waiting.refresh_from_db()
    assert (waiting.password, waiting.seed, waiting.code_hashes) == ("", None, [])


def test_s10_both_addresses_are_told_at_once_and_when_it_is_done(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    lin_mei.account.second_email = "aunt@example.org"
    lin_mei.account.save()
    start(client)
    notices = Notice.objects.filter(kind="security_change")
    assert {notice.address for notice in notices} == {"lin@example.org", "aunt@example.org"}
    assert all("in 24 hours" in text for text in told())
    assert all("/account/freeze/" in text for text in told())
    clock.shift(DAY)
    tasks.finish_recoveries()
    assert sum("are in force" in text for text in told()) == 2


def test_s9_with_the_factor_the_new_password_works_at_once_and_the_factor_stays(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    old = signed_in(Client(), lin_mei.account)
    assert begin(client, letter(), page="forgotten").url == reverse("identity:enrol_password")
    assert choose_password(client).url == reverse("identity:keep_factor")
    answer = client.post(reverse("identity:keep_factor"), {"token": lin_mei.code()})
    assert answer.url == reverse("overview:numbers")
    assert client.get(reverse("identity:account")).status_code == 200
    assert old.get(reverse("identity:account")).status_code == 302, "other sessions have ended"
    assert AuthenticatorApp.objects.get() == lin_mei.device()
    assert not Recovery.objects.exists()
    assert not Enrolment.objects.exists()
    clock.shift(60)
    back = Client()
    assert show_password(back, lin_mei, password=NEW_PASSWORD).status_code == 302
    assert any("password was changed" in text for text in told())


def test_s9_the_new_codes_are_shown_for_an_hour_at_most(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    start(client)
    assert client.get(reverse("identity:recovered")).status_code == 200
    clock.shift(3600)
    assert client.get(reverse("identity:recovered")).url == reverse("identity:sign_in")


def test_s9_the_factor_is_asked_once_a_new_password_was_chosen(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    begin(client, letter())
    page = reverse("identity:keep_factor")
    for answer in (client.get(page), client.post(page, {"token": lin_mei.code()})):
        assert answer.url == reverse("identity:enrol_password")
    assert client.post(reverse("identity:keep_factor_options")).status_code == 403
    assert client.get(reverse("identity:account")).status_code == 302, "nobody is signed in"
    assert show_password(Client(), lin_mei, password=PASSWORD).status_code == 302, "the old password holds"


def test_s9_a_wrong_factor_changes_nothing(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    begin(client, letter())
    choose_password(client)
    assert client.post(reverse("identity:keep_factor"), {"token": "000000"}).status_code == 200
    assert client.get(reverse("identity:account")).status_code == 302
    assert show_password(Client(), lin_mei, password=PASSWORD).status_code == 302, "the old password holds"
    assert ActivationCode.objects.get().used_at is None
    assert told() == []


def test_s9_a_factor_without_a_code_resets_nothing(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    for page in ("keep_factor", "recovered", "enrol_password"):
        answer = client.post(reverse(f"identity:{page}"), {"token": lin_mei.code()})
        assert answer.status_code == 302
    assert show_password(Client(), lin_mei, password=PASSWORD).status_code == 302
    assert "email" not in client.get(reverse("identity:forgotten")).context["form"].fields


def test_s9_a_code_works_once(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    code = letter()
    rival = Client(REMOTE_ADDR="198.51.100.9")
    begin(rival, code)
    choose_password(rival)
    begin(client, code)
    choose_password(client)
    set_up_app(client)
    assert rival.get(reverse("identity:enrol_authenticator")).url == reverse("identity:enrol")
    assert rival.post(reverse("identity:keep_factor"), {"token": lin_mei.code()}).url == reverse("identity:enrol")
    assert begin(Client(), code).status_code == 200
    assert Recovery.objects.count() == 1


def test_s9_a_code_begun_before_the_account_existed_makes_no_second_one(
    clock: time_machine.Traveller, client: Client
) -> None:
    begin(client, identity.activation_code())
    choose_password(client)
    seed = base64.b32decode(
        client.get(reverse("identity:enrol_authenticator")).context["secret_groups"].replace(" ", "")
    )
    identity.lin_mei()
    assert client.post(reverse("identity:enrol_authenticator"), {"token": code_of(seed)}).url == reverse(
        "identity:enrol"
    )
    assert Account.objects.count() == 1


def test_an_account_that_an_operator_closed_is_not_reopened_by_a_code(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    code = letter()
    Account.objects.update(is_active=False)
    assert begin(client, code).status_code == 200
    assert not Enrolment.objects.exists()


def test_s2_the_bulk_command_still_sends_nothing_unasked_to_people_with_an_account(
    clock: time_machine.Traveller, lin_mei: Person
) -> None:
    with pytest.raises(services.IssuingRefused, match="has_account"):
        services.issue_code(schemes.subject_of("CN-RIC", LIN_MEIS_CARD), scheme="CN-RIC")
