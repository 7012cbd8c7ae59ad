"""The counter: a clerk of the authority hands over a code, and everybody can see that it was done (S2, S12, S18)."""

import io
import re

import pytest
import time_machine
from django.core.management import call_command
from django.db import ProgrammingError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookups.audit.models import AccessRecord
from lookups.carriers.models import Carrier
from lookups.carriers.row_security import enter_console
from lookups.carriers.scoping import Scope, scope_of
from lookups.identity import services
from lookups.identity.models import Account, ActivationCode, Role
from lookups.jurisdictions import schemes
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, WANG_FANGS_CARD, Person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
COUNTER = "/console/identity/activationcode/"


@pytest.fixture
def clerk(db: None) -> Person:
    return identity.staff(Role.AUTHORITY, email="hu@authority.example", label="Clerk Hu")


@pytest.fixture
def at_counter(clerk: Person) -> Client:
    return signed_in(Client(), clerk.account)


def hand_over(client: Client, number: str = LIN_MEIS_CARD, **fields: str) -> HttpResponse:
    return client.post(COUNTER, {"scheme": "CN-RIC", "number": number, "checked": "on", **fields})


def code_on(page: HttpResponse) -> str:
    found = re.search(r'class="big-code">([^<]+)<', page.content.decode())
    assert found
    return found[1].strip()


def begin(code: str, number: str = LIN_MEIS_CARD) -> HttpResponse:
    return Client().post(reverse("identity:enrol"), {"scheme": "CN-RIC", "number": number, "code": code})


def test_s2_a_code_from_the_counter_begins_an_enrolment(at_counter: Client) -> None:
    page = hand_over(at_counter)
    assert page.status_code == 200
    assert LIN_MEIS_CARD not in page.content.decode()
    assert begin(code_on(page)).url == reverse("identity:enrol_password")


def test_s2_it_ends_after_24_hours(at_counter: Client, clock: time_machine.Traveller) -> None:
    code = code_on(hand_over(at_counter))
    clock.shift(86400)
    assert begin(code).status_code == 200


def test_s2_only_the_last_slip_counts_and_letters_have_limits_of_their_own(at_counter: Client) -> None:
    letter = identity.activation_code()
    first = code_on(hand_over(at_counter))
    second = code_on(hand_over(at_counter))
    assert begin(first).status_code == 200
    assert begin(letter).status_code == 302
    assert begin(second).status_code == 302


def test_s18_it_is_written_down_and_the_citizen_can_read_it(at_counter: Client, clerk: Person, lin_mei: Person) -> None:
    hand_over(at_counter)
    record = AccessRecord.objects.get()
    assert record.subject == schemes.subject_of("CN-RIC", LIN_MEIS_CARD)
    assert (record.action, record.actor_kind, record.actor) == ("issued_code", "authority", clerk.account.pk)
    page = signed_in(Client(), lin_mei.account).get(reverse("overview:activity")).content.decode()
    assert "Handed over an activation code at a counter" in page


def test_nothing_happens_without_a_look_at_the_document(at_counter: Client) -> None:
    page = hand_over(at_counter, checked="")
    assert "Look at the document first" in page.content.decode()
    assert not ActivationCode.objects.exists()
    assert not AccessRecord.objects.exists()


def test_a_number_that_cannot_be_one_makes_no_code(at_counter: Client) -> None:
    assert "does not have the right length" in hand_over(at_counter, "12").content.decode()
    assert not ActivationCode.objects.exists()


def test_s12_a_factor_must_be_fresh(clerk: Person) -> None:
    stale = signed_in(Client(), clerk.account, fresh=False)
    for answer in (stale.get(COUNTER), hand_over(stale)):
        assert answer.url.startswith(reverse("identity:sign_in_again"))
    assert not ActivationCode.objects.exists()


@pytest.mark.parametrize("role", [Role.CARRIER, Role.OFFICER, Role.OPERATOR])
def test_nobody_else_stands_at_the_counter(role: str) -> None:
    client = signed_in(Client(), identity.staff(role).account)
    assert client.get(COUNTER).status_code == 403
    assert hand_over(client).status_code == 403
    assert "activationcode" not in client.get(reverse("admin:index")).content.decode()
    assert not ActivationCode.objects.exists()
    assert not AccessRecord.objects.exists()


def test_a_citizen_finds_no_counter(lin_mei: Person) -> None:
    client = signed_in(Client(), lin_mei.account)
    assert client.get(COUNTER).status_code == 404
    assert hand_over(client).status_code == 404


def test_s14_the_clerk_sees_no_carriers_rows_and_no_dispute(at_counter: Client, clerk: Person) -> None:
    assert scope_of(clerk.account) == Scope(counter=True, organisation="clerk of the authority")
    for page in ("disputes_dispute", "carriers_carrier", "carriers_channel", "registry_feed"):
        assert at_counter.get(reverse(f"admin:{page}_changelist")).status_code == 403, page
    assert at_counter.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("every_carrier", [False, True])
def test_s2_postgresql_lets_nobody_else_in_the_console_near_a_code(northern: Carrier, every_carrier: bool) -> None:
    """Even where a view forgets: neither a carrier's clerk nor an officer reads, voids or makes one."""
    identity.activation_code()
    with transaction.atomic():
        enter_console(northern.pk, every_carrier=every_carrier)
        assert ActivationCode.objects.count() == 0
        assert ActivationCode.objects.update(used_at=timezone.now()) == 0
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        enter_console(northern.pk, every_carrier=every_carrier)
        services.issue_code(schemes.subject_of("CN-RIC", WANG_FANGS_CARD), scheme="CN-RIC", recovery=True)
    assert ActivationCode.objects.get().used_at is None


def test_nobody_browses_codes(at_counter: Client) -> None:
    hand_over(at_counter)
    code = ActivationCode.objects.get()
    for path in (f"{code.pk}/", f"{code.pk}/change/", f"{code.pk}/delete/", "add/"):
        assert at_counter.get(COUNTER + path).status_code == 404
    assert "big-code" not in at_counter.get(COUNTER).content.decode(), "shown once"


def test_s9_for_a_document_with_an_account_it_leads_back_into_that_account(at_counter: Client, lin_mei: Person) -> None:
    assert begin(code_on(hand_over(at_counter))).url == reverse("identity:enrol_password")
    assert begin(code_on(hand_over(at_counter, WANG_FANGS_CARD)), WANG_FANGS_CARD).status_code == 302
    assert Account.objects.filter(role=Role.CITIZEN).count() == 1


def test_a_clerk_of_the_authority_is_invited_like_other_staff() -> None:
    out = io.StringIO()
    call_command("create_staff", "hu@authority.example", "--role", "authority", stdout=out)
    invited = Account.objects.get()
    assert invited.role == Role.AUTHORITY
    assert not invited.is_active
    assert out.getvalue().startswith("Invited.")
