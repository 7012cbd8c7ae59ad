"""An answer after the regulator took it, or after the citizen gave it up, moves nothing; everybody can read it."""

import uuid

import pytest
from django.test import Client

from lookups.carriers.models import Carrier
from lookups.carriers.transports.contract import DECIDED, CarrierEvent
from lookups.disputes import findings, inbox, services, timeline
from lookups.disputes.models import Dispute, Reading
from lookups.disputes.moves import MoveRefused
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import REGISTRATION
from tests.disputes.conftest import handed_over
from tests.overview.pages import words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dispute(wei: Account, weis_line: Registration, file) -> Dispute:
    return handed_over(file(weis_line, wei))


def answered_by_its_system(dispute: Dispute, northern: Carrier) -> Reading:
    event = CarrierEvent(
        event_id=uuid.uuid4().hex,
        kind=DECIDED,
        reference=dispute.reference,
        remote_id="",
        outcome="CONFIRMED",
        message="We have a contract.",
        evidence=REGISTRATION,
    )
    reading = inbox.receive(northern, event)
    dispute.refresh_from_db()
    return reading


def escalated(dispute: Dispute) -> None:
    Dispute.objects.filter(pk=dispute.pk).update(state=State.ESCALATED)
    dispute.refresh_from_db()


def test_after_it_went_to_the_regulator(dispute: Dispute, northern: Carrier, as_olga: Client) -> None:
    escalated(dispute)
    assert answered_by_its_system(dispute, northern) == Reading.LATE
    assert (dispute.state, dispute.outcome, dispute.decided_at) == (State.ESCALATED, "", None)
    page = words(as_olga.get(f"/console/disputes/dispute/{dispute.pk}/change/"))
    assert "answered too late: Kept under this ID" in page
    assert "We have a contract. Registered on: 20 October 2026" in page
    (late,) = [moment for moment in timeline.of(dispute) if "too late" in moment.title]
    assert late.text == "Kept under your ID. We have a contract. The regulator reads it."
    assert ("Document shown", "identity card") in late.pairs


def test_after_it_was_withdrawn(dispute: Dispute, northern: Carrier, wei: Account) -> None:
    services.withdraw(dispute, account=wei)
    assert answered_by_its_system(dispute, northern) == Reading.LATE
    assert (dispute.state, dispute.outcome) == (State.WITHDRAWN, "")
    assert "It changes nothing: you had withdrawn it." in timeline.of(dispute)[-1].text


def test_after_it_was_taken_back_nobody_can_know_of_it(wei: Account, weis_line: Registration, northern, file) -> None:
    taken_back = file(weis_line, wei, undo=60)
    services.cancel(taken_back, account=wei)
    assert answered_by_its_system(taken_back, northern) == Reading.UNKNOWN_TICKET
    assert not taken_back.steps.filter(why__startswith="late_").exists()


def test_a_clerk_can_tell_the_regulator_and_has_to_show_the_same(dispute: Dispute, ning: Account) -> None:
    escalated(dispute)
    with pytest.raises(findings.EvidenceMissing):
        services.answer_late(dispute, outcome="CONFIRMED", answer="It is theirs.", evidence={}, by=ning)
    services.answer_late(dispute, outcome="CONFIRMED", answer="It is theirs.", evidence=REGISTRATION, by=ning)
    assert dispute.steps.last().rests_on == REGISTRATION
    dispute.refresh_from_db()
    assert dispute.state == State.ESCALATED


def test_once_there_is_an_answer_nobody_adds_another(dispute: Dispute, ning: Account, wei: Account) -> None:
    services.decide(dispute, outcome="CANNOT_DETERMINE", answer="We cannot say.", evidence={}, by=ning)
    dispute.refresh_from_db()
    services.appeal(dispute, account=wei, text="They did not look.")
    with pytest.raises(MoveRefused):
        services.answer_late(dispute, outcome="CONFIRMED", answer="After all.", evidence=REGISTRATION, by=ning)
