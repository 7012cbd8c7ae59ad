"""An account that an operator closed is opened by no link, no code and no recovery that was under way (S9, S10)."""

import base64

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from lookups.identity import changes, enrolment, recovery, services, tasks
from lookups.identity.models import Account, Enrolment, Recovery, Role
from lookups.identity.views import ENROLMENT
from tests.factories import identity
from tests.factories.identity import Person, code_of
from tests.identity.test_notices_of_changes import links_mailed
from tests.identity.test_recovery import DAY, begin, choose_password, letter, start

pytestmark = pytest.mark.django_db


def close(person: Person) -> None:
    Account.objects.filter(pk=person.account.pk).update(is_active=False)


def is_closed(person: Person) -> bool:
    person.account.refresh_from_db()
    return not person.account.is_active and not recovery.is_possible(person.account)


def test_s10_the_link_that_freezes_does_not_make_it_one_that_a_proof_opens(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    changes.announce(lin_mei.account, what="new_device")
    close(lin_mei)
    assert client.post(links_mailed()[0]).status_code == 200
    assert is_closed(lin_mei)
    assert begin(client, letter()).status_code == 200
    assert not Enrolment.objects.exists()


def test_s10_nor_does_it_let_a_closed_colleague_be_invited_again(
    clock: time_machine.Traveller, client: Client, db: None
) -> None:
    clerk = identity.staff(Role.OFFICER)
    changes.announce(clerk.account, what="new_device")
    close(clerk)
    client.post(links_mailed()[0])
    with pytest.raises(services.IssuingRefused, match="has_account"):
        services.invite_staff(clerk.email, label="Clerk Wang", role=Role.OFFICER)


def test_s9_a_recovery_that_waits_ends_without_effect(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    start(client)
    close(lin_mei)
    before = Account.objects.values_list("password").get()
    clock.shift(DAY)
    tasks.finish_recoveries()
    assert is_closed(lin_mei)
    assert Account.objects.values_list("password").get() == before
    assert Recovery.objects.get().ended_at is not None


def test_s9_no_recovery_begins_to_wait(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    begin(client, letter())
    choose_password(client)
    row = Enrolment.objects.select_related("code").get(pk=client.session[ENROLMENT])
    close(lin_mei)
    assert row.seed is not None
    with pytest.raises(enrolment.EnrolmentOver):
        enrolment.confirm(row, token=code_of(base64.b32decode(row.seed)), language="en")
    assert not Recovery.objects.exists()


def test_s9_a_way_back_whose_factor_was_shown_at_that_moment_opens_nothing(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    begin(client, letter())
    choose_password(client)
    begun = Enrolment.objects.get(pk=client.session[ENROLMENT])
    close(lin_mei)
    assert not recovery.keep_factors(begun, account=lin_mei.account)
    assert is_closed(lin_mei)
    assert client.post(reverse("identity:keep_factor"), {"token": lin_mei.code()}).url == reverse("identity:enrol")
