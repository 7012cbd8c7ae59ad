"""Deadlines: an answer that does not come takes the dispute to the regulator by itself."""

import dataclasses
import datetime

import pytest
from django.test import Client

from lookups.carriers.models import Carrier
from lookups.disputes import deadlines, services
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.disputes.moves import MoveRefused
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.jurisdictions import countries, rules
from lookups.jurisdictions.model import PORTAL_DEFAULT
from lookups.notices.models import Notice
from lookups.registry.models import Registration
from tests.cast import make_registration
from tests.disputes.conftest import handed_over

pytestmark = pytest.mark.django_db

SECOND = datetime.timedelta(seconds=1)


@pytest.mark.parametrize(
    "state",
    [
        State.WAITING,
        State.HANDED_OVER,
        State.ACKNOWLEDGED,
        State.IN_REVIEW,
        State.PERSON_NEEDED,
    ],
)
def test_a_late_dispute_goes_to_the_regulator(wei: Account, weis_line: Registration, file, state: str) -> None:
    dispute = file(weis_line, wei)
    Dispute.objects.update(state=state)
    assert deadlines.expire(dispute.answer_by - SECOND) == 0
    assert deadlines.expire(dispute.answer_by) == 1
    assert deadlines.expire(dispute.answer_by + SECOND) == 0
    dispute.refresh_from_db()
    assert dispute.state == State.ESCALATED
    assert Notice.objects.filter(kind="dispute_late").count() == 1


def test_while_the_carrier_waits_for_the_citizen_nothing_is_late(
    wei: Account, weis_line: Registration, ning: Account, file
) -> None:
    dispute = handed_over(file(weis_line, wei))
    services.ask(dispute, by=ning, question="When did you lose the card?")
    assert deadlines.expire(dispute.answer_by + 365 * 86400 * SECOND) == 0
    dispute.refresh_from_db()
    services.reply(dispute, account=wei, text="Never.")
    dispute.refresh_from_db()
    assert deadlines.expire(dispute.answer_by) == 1, "answered, it runs on"


def test_one_that_cannot_be_read_does_not_keep_the_others(
    wei: Account, northern: Carrier, weis_line: Registration, file, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = file(weis_line, wei)
    second = file(make_registration(wei, northern, "+8613812340009"), wei)
    tell = services.tell
    monkeypatch.setattr(services, "tell", lambda one, kind: 1 / 0 if one.pk == first.pk else tell(one, kind))
    assert deadlines.expire(second.answer_by) == 1
    assert {one.reference: one.state for one in Dispute.objects.all()} == {
        first.reference: State.WAITING,
        second.reference: State.ESCALATED,
    }


@pytest.fixture
def silence_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would be in a country whose law says so; none of ours does."""
    limit = dataclasses.replace(PORTAL_DEFAULT, silence_decides="the Silence Act, section 3")
    country = dataclasses.replace(rules.current(), time_limits=(limit,))
    monkeypatch.setitem(countries.ALL, country.code, country)


@pytest.mark.usefixtures("silence_decides")
@pytest.mark.parametrize("state", [State.HANDED_OVER, State.ACKNOWLEDGED, State.IN_REVIEW])
def test_where_the_law_says_so_silence_decides_for_the_citizen(
    as_wei: Client, wei: Account, weis_line: Registration, ning: Account, file, state: str
) -> None:
    dispute = handed_over(file(weis_line, wei))
    Dispute.objects.update(state=state)
    assert deadlines.expire(dispute.answer_by - SECOND) == 0
    assert deadlines.expire(dispute.answer_by) == 1
    dispute.refresh_from_db()
    assert (dispute.state, dispute.outcome, dispute.decided_by) == (State.DECIDED, "REMOVED", "silence")
    assert Notice.objects.filter(kind="dispute_silence").count() == 1
    page = as_wei.get(dispute.get_absolute_url()).content.decode()
    assert "the Silence Act, section 3" in page
    assert "did not answer in time" in page
    with pytest.raises(MoveRefused):
        services.decide(dispute, outcome="CANNOT_DETERMINE", answer="Too late.", evidence={}, by=ning)


@pytest.mark.usefixtures("silence_decides")
def test_s22_silence_settles_the_record_and_not_the_line(wei: Account, weis_line: Registration, file) -> None:
    dispute = handed_over(file(weis_line, wei))
    deadlines.expire(dispute.answer_by)
    message = HandoverMessage.objects.get(kind="note")
    assert "only after you have verified its user anew" in message.payload["text"]
    weis_line.refresh_from_db()
    assert weis_line.status == "active"
    dispute.refresh_from_db()
    assert dispute.gone_by is not None, "and the carrier's feeds have to show it"


@pytest.mark.usefixtures("silence_decides")
@pytest.mark.parametrize("state", [State.WAITING, State.PERSON_NEEDED, State.REOPENED])
def test_silence_of_a_carrier_that_has_no_ticket_goes_to_the_regulator(
    wei: Account, weis_line: Registration, file, state: str
) -> None:
    dispute = file(weis_line, wei)
    Dispute.objects.update(state=state)
    assert deadlines.expire(dispute.answer_by) == 1
    assert Dispute.objects.get().state == State.ESCALATED


def test_a_law_that_changes_later_changes_no_dispute_that_was_filed_before(
    wei: Account, weis_line: Registration, file, request: pytest.FixtureRequest
) -> None:
    dispute = handed_over(file(weis_line, wei))
    request.getfixturevalue("silence_decides")
    deadlines.expire(dispute.answer_by)
    assert Dispute.objects.get().state == State.ESCALATED


@pytest.mark.parametrize("state", [State.DECIDED, State.WITHDRAWN, State.CANCELLED, State.CLOSED])
def test_what_is_answered_or_over_is_left_alone(wei: Account, weis_line: Registration, file, state: str) -> None:
    dispute = file(weis_line, wei)
    Dispute.objects.update(state=state)
    assert deadlines.expire(dispute.answer_by) == 0


def test_a_carrier_cannot_answer_what_the_regulator_has(
    wei: Account, weis_line: Registration, ning: Account, file
) -> None:
    dispute = file(weis_line, wei)
    Dispute.objects.update(state=State.ESCALATED)
    with pytest.raises(MoveRefused):
        services.decide(dispute, outcome="CANNOT_DETERMINE", answer="We cannot say.", evidence={}, by=ning)
    dispute.refresh_from_db()
    assert (dispute.state, dispute.outcome) == (State.ESCALATED, "")
