"""Inviting staff: no default accounts, no passwords, one carrier at most (S24)."""

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from lookups.carriers.models import Carrier, Membership, StaffRole
from lookups.identity.models import Account, ActivationCode, Role

pytestmark = pytest.mark.django_db
ADDRESS = "wang@carrier.example"


@pytest.fixture
def north() -> Carrier:
    return Carrier.objects.create(code="north", name="North Telecom")


def invite(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_staff", *arguments, stdout=out)
    return out.getvalue()


def code_in(said: str) -> str:
    found = re.search(r"([0-9A-Z]{4}-){2}[0-9A-Z]{4}", said)
    assert found
    return found[0]


def test_a_clerk_of_one_carrier_is_invited(north: Carrier) -> None:
    said = invite(ADDRESS, "--role", "carrier", "--carrier", "north", "--label", "Clerk Wang")
    account = Account.objects.get()
    assert (account.role, account.label, account.is_active) == (Role.CARRIER, "Clerk Wang", False)
    assert not account.has_usable_password()
    assert (account.membership.carrier, account.membership.role) == (north, StaffRole.CLERK)
    assert "/enrol/staff/" in said
    assert ADDRESS not in said
    begun = Client().post(reverse("identity:enrol_staff"), {"email": ADDRESS, "code": code_in(said)})
    assert begun.status_code == 302


def test_a_second_invitation_ends_the_first(north: Carrier) -> None:
    first = code_in(invite(ADDRESS, "--role", "carrier", "--carrier", "north"))
    second = code_in(invite(ADDRESS, "--role", "carrier", "--carrier", "north", "--supervisor"))
    assert Membership.objects.get().role == StaffRole.SUPERVISOR
    assert Client().post(reverse("identity:enrol_staff"), {"email": ADDRESS, "code": first}).status_code == 200
    assert Client().post(reverse("identity:enrol_staff"), {"email": ADDRESS, "code": second}).status_code == 302


def test_an_address_in_use_is_left_alone() -> None:
    invite(ADDRESS, "--role", "officer")
    Account.objects.update(is_active=True)
    with pytest.raises(CommandError, match="already"):
        invite(ADDRESS, "--role", "operator")
    assert Account.objects.get().role == Role.OFFICER
    assert ActivationCode.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("not an address", "--role", "officer"), "not an e-mail address"),
        ((ADDRESS, "--role", "carrier"), "needs --carrier"),
        ((ADDRESS, "--role", "carrier", "--carrier", "nowhere"), "There is no carrier 'nowhere'; there are: north"),
        ((ADDRESS, "--role", "officer", "--carrier", "north"), "with --role carrier only"),
        ((ADDRESS, "--role", "officer", "--supervisor"), "with --role carrier only"),
    ],
)
def test_what_does_not_fit_is_refused(north: Carrier, arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        invite(*arguments)
    assert not Account.objects.exists()
    assert not ActivationCode.objects.exists()


def test_a_citizen_is_no_staff() -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        invite(ADDRESS, "--role", "citizen")
