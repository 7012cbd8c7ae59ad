"""Who may do what in the console: clerks answer, officers rule, operators send on what is stuck. Nobody else."""

import pytest
from django.test import Client
from django.urls import reverse

from lookups.audit.models import AccessRecord
from lookups.carriers.models import Carrier
from lookups.disputes import findings, services
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.disputes.states import State
from lookups.identity import services as identity
from lookups.identity.models import Account, Role
from tests.cast import SEED, encoded_password, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

ANSWER = {"outcome": "CANNOT_DETERMINE", "answer_text": "We could not find out.", "question": "When?"}


@pytest.fixture
def as_zhou(transactional_db: None) -> Client:
    """The operator of the portal."""
    account = identity.create_staff_account(
        "zhou@portal.example", label="Zhou", role=Role.OPERATOR, password=encoded_password(), totp_seed=SEED
    )
    return sign_in(Client(), account)


def page(dispute: Dispute, move: str) -> str:
    return reverse(f"admin:disputes_dispute_{move}", args=[dispute.pk])


@pytest.mark.parametrize("move", ["acknowledge", "review", "ask"])
def test_only_clerks_work_on_a_dispute(as_olga: Client, as_zhou: Client, at_eastern: Dispute, move: str) -> None:
    for client in (as_olga, as_zhou):
        assert client.post(page(at_eastern, move), ANSWER).status_code == 403
    at_eastern.refresh_from_db()
    assert at_eastern.state == State.HANDED_OVER


def test_nobody_answers_in_the_carriers_place(as_olga: Client, as_zhou: Client, at_eastern: Dispute) -> None:
    assert as_olga.post(page(at_eastern, "answer"), ANSWER).status_code == 302
    assert as_zhou.post(page(at_eastern, "answer"), ANSWER).status_code == 403
    at_eastern.refresh_from_db()
    assert (at_eastern.state, at_eastern.outcome) == (State.HANDED_OVER, "")
    assert not AccessRecord.objects.filter(action="answered").exists()


def test_removing_needs_the_users_verification_from_a_clerk_wherever_it_comes_from(
    at_eastern: Dispute, eli: Account
) -> None:
    """S24"""
    with pytest.raises(findings.EvidenceMissing):
        services.decide(at_eastern, outcome="REMOVED", answer="Removed.", evidence={}, by=eli)
    at_eastern.refresh_from_db()
    assert at_eastern.outcome == ""


def test_the_regulators_decision_reaches_the_carrier(as_olga: Client, at_eastern: Dispute) -> None:
    Dispute.objects.update(state=State.ESCALATED)
    as_olga.post(page(at_eastern, "answer"), ANSWER)
    told = HandoverMessage.objects.get(kind="note")
    assert "CANNOT_DETERMINE" in told.payload["text"]


def test_an_operator_sends_a_stuck_dispute_to_the_right_carrier(
    as_zhou: Client, at_eastern: Dispute, northern: Carrier
) -> None:
    Dispute.objects.update(state=State.PERSON_NEEDED)
    assert as_zhou.post(page(at_eastern, "route"), {"carrier": northern.pk}).status_code == 302
    at_eastern.refresh_from_db()
    assert at_eastern.carrier == northern
    assert [handover.carrier for handover in at_eastern.handovers.order_by("hop")] == [
        at_eastern.registered_with,
        northern,
    ]


def test_a_dispute_that_is_not_stuck_stays_where_it_is(
    as_zhou: Client, as_olga: Client, at_eastern: Dispute, northern: Carrier
) -> None:
    assert as_zhou.post(page(at_eastern, "route"), {"carrier": northern.pk}).status_code == 302
    assert as_olga.post(page(at_eastern, "route"), {"carrier": northern.pk}).status_code == 403
    at_eastern.refresh_from_db()
    assert at_eastern.carrier == at_eastern.registered_with
    assert at_eastern.handovers.count() == 1
