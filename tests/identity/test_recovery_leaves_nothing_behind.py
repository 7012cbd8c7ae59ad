"""After a way back into an account, nothing that was open before works: codes, sessions, devices, links (S9)."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookups.identity import addresses, passkeys, recovery, services, tasks
from lookups.identity.models import (
    Account,
    ActivationCode,
    AuthenticatorApp,
    Enrolment,
    KnownDevice,
    LinkPurpose,
    Passkey,
    Recovery,
    Role,
    SignedInSession,
)
from lookups.identity.views import ENROLMENT
from lookups.jurisdictions import schemes
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD, Person, show_password, sign_in
from tests.identity.test_factor_changes import a_passkey
from tests.identity.test_notices_of_changes import links_mailed
from tests.identity.test_recovery import DAY, NEW_PASSWORD, begin, choose_password, letter, start, told

pytestmark = pytest.mark.django_db


def slip() -> str:
    """A code from the counter, which no letter of today stands in the way of."""
    clerk = identity.staff(Role.AUTHORITY)
    subject = schemes.subject_of("CN-RIC", LIN_MEIS_CARD)
    return services.hand_over_code(subject, scheme="CN-RIC", clerk=clerk.account, organisation="authority")


def ready(client: Client, code: str) -> Enrolment:
    """A way back that lacks the factor alone."""
    begin(client, code)
    choose_password(client)
    return Enrolment.objects.get(pk=client.session[ENROLMENT])


def test_s9_with_a_factor_every_other_code_and_every_other_browsers_way_ends(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    other = slip()
    ready(Client(REMOTE_ADDR="198.51.100.9"), other)
    ready(client, letter())
    assert client.post(reverse("identity:keep_factor"), {"token": lin_mei.code()}).status_code == 302
    assert not Enrolment.objects.exists()
    assert not ActivationCode.objects.filter(used_at=None).exists()
    assert begin(Client(), other).status_code == 200


@pytest.mark.parametrize("meanwhile", ["another browser", "used", "expired"])
def test_s9_whoever_comes_second_with_one_code_changes_nothing(
    clock: time_machine.Traveller, client: Client, lin_mei: Person, meanwhile: str
) -> None:
    code = letter()
    late = ready(Client(REMOTE_ADDR="198.51.100.9"), code)
    if meanwhile == "another browser":
        assert recovery.keep_factors(ready(client, code), account=lin_mei.account)
    elif meanwhile == "used":
        ActivationCode.objects.update(used_at=timezone.now())
    else:
        ActivationCode.objects.update(expires_at=timezone.now())
    before = Account.objects.values_list("password").get()
    assert not recovery.keep_factors(late, account=lin_mei.account)
    assert Account.objects.values_list("password").get() == before


def test_s9_with_a_factor_a_recovery_that_waits_ends(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    start(client)
    assert recovery.keep_factors(ready(Client(), slip()), account=lin_mei.account)
    waiting = Recovery.objects.get()
    assert waiting.ended_at is not None
    assert waiting.seed is None


def test_s9_a_second_recovery_takes_the_place_of_the_first(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    start(client)
    ready(client, slip())
    groups = client.get(reverse("identity:enrol_authenticator")).context["secret_groups"]
    token = identity.code_of_words(groups)
    assert client.post(reverse("identity:enrol_authenticator"), {"token": token}).url == reverse("identity:recovered")
    first, second = Recovery.objects.order_by("ended_at")
    assert (first.seed, first.password, first.code_hashes) == (None, "", [])
    assert second.ended_at is None


def test_s9_while_it_waits_the_enrolment_keeps_no_secret_and_no_rival_goes_on(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    ready(Client(REMOTE_ADDR="198.51.100.9"), slip())
    start(client)
    row = Enrolment.objects.get()
    assert (row.password, row.seed, row.email) == ("", None, None)


def test_s9_one_that_was_stopped_at_the_last_moment_takes_no_effect(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    start(client)
    clock.shift(DAY)
    recovery.cancel(lin_mei.account)
    assert not recovery._finish(Recovery.objects.get().pk)
    assert AuthenticatorApp.objects.get() == lin_mei.device()
    assert show_password(Client(), lin_mei, password=PASSWORD).status_code == 302


def test_s9_it_takes_effect_once_and_keeps_no_secret(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    start(client)
    clock.shift(DAY)
    assert [recovery.finish_due(), recovery.finish_due()] == [1, 0]
    assert sum("are in force" in text for text in told()) == 1
    done = Recovery.objects.get()
    assert (done.password, done.seed, done.code_hashes) == ("", None, [])


def test_s9_one_that_cannot_take_effect_stops_nobody_elses(
    clock: time_machine.Traveller, client: Client, lin_mei: Person, wang_fang: Person
) -> None:
    hers = a_passkey(wang_fang.account)
    packed = passkeys.packed(Passkey(name="copy", credential_id=bytes(hers.credential_id), public_key=b"key"))
    other = identity.staff().account
    for account in (lin_mei.account, other):
        waiting = Recovery(account=account, takes_effect_at=timezone.now(), password="")
        waiting.password = identity.encoded_password()
        waiting.passkey = packed if account == lin_mei.account else None
        waiting.save(force_insert=True)
    tasks.finish_recoveries()
    assert AuthenticatorApp.objects.filter(user=lin_mei.account).exists(), "hers stayed as it was"
    assert not AuthenticatorApp.objects.filter(user=other).exists(), "the other one is in force"
    assert not Recovery.objects.filter(ended_at=None).exists()
    assert any("recovery of the account was stopped" in text for text in told())
    assert Passkey.objects.get() == hers


@pytest.mark.parametrize("way", ["with a factor", "after the wait"])
def test_s7_s11_sessions_devices_and_unconfirmed_addresses_end_with_it(
    clock: time_machine.Traveller, client: Client, lin_mei: Person, way: str
) -> None:
    sign_in(Client(), lin_mei)
    addresses.ask_to_confirm(lin_mei.account, which=LinkPurpose.FIRST_ADDRESS, address="thief@example.org")
    assert SignedInSession.objects.exists()
    assert KnownDevice.objects.exists()
    if way == "with a factor":
        assert recovery.keep_factors(ready(client, letter()), account=lin_mei.account)
    else:
        start(client)
        clock.shift(DAY)
        Recovery.objects.update(takes_effect_at=timezone.now())
        tasks.finish_recoveries()
    assert not SignedInSession.objects.exists()
    assert not KnownDevice.objects.exists()
    assert Client().post(links_mailed("confirm_address")[0]).status_code == 404
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.email == "lin@example.org"
    assert show_password(Client(), lin_mei, password=NEW_PASSWORD).status_code == 302
