"""Deadlines: an answer that does not come takes the dispute to the regulator by itself."""

import datetime

import pytest

from lookups.disputes import services
from lookups.disputes.models import Dispute
from lookups.disputes.moves import MoveRefused
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.notices.models import Notice
from lookups.registry.models import Registration

pytestmark = pytest.mark.django_db

SECOND = datetime.timedelta(seconds=1)


@pytest.mark.parametrize(
    "state",
    [
        State.WAITING,
        State.HANDED_OVER,
        State.ACKNOWLEDGED,
        State.IN_REVIEW,
        State.NEEDS_INFORMATION,
        State.PERSON_NEEDED,
    ],
)
def test_a_late_dispute_goes_to_the_regulator(wei: Account, weis_line: Registration, file, state: str) -> None:
    dispute = file(weis_line, wei)
    Dispute.objects.update(state=state)
    assert services.escalate_late(dispute.answer_by - SECOND) == 0
    assert services.escalate_late(dispute.answer_by) == 1
    assert services.escalate_late(dispute.answer_by + SECOND) == 0
    dispute.refresh_from_db()
    assert dispute.state == State.ESCALATED
    assert Notice.objects.filter(kind="dispute_late").count() == 1


@pytest.mark.parametrize("state", [State.DECIDED, State.WITHDRAWN, State.CANCELLED, State.CLOSED])
def test_what_is_answered_or_over_is_left_alone(wei: Account, weis_line: Registration, file, state: str) -> None:
    dispute = file(weis_line, wei)
    Dispute.objects.update(state=state)
    assert services.escalate_late(dispute.answer_by) == 0


def test_a_carrier_cannot_answer_what_the_regulator_has(
    wei: Account, weis_line: Registration, ning: Account, file
) -> None:
    dispute = file(weis_line, wei)
    Dispute.objects.update(state=State.ESCALATED)
    with pytest.raises(MoveRefused):
        services.decide(dispute, outcome="CANNOT_DETERMINE", answer="We cannot say.", evidence={}, by=ning)
    dispute.refresh_from_db()
    assert (dispute.state, dispute.outcome) == (State.ESCALATED, "")
