"""Handing over: the carrier holds exactly one ticket, whatever happens on the way, and both sides agree."""

import pytest

from lookups.carriers.models import Carrier
from lookups.disputes import services
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.doubles.sandbox import SandboxCarrier, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def state_of(dispute: Dispute) -> str:
    return Dispute.objects.get(pk=dispute.pk).state


def test_the_carrier_gets_a_ticket_and_answers(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    dispute = file(weis_line, wei)
    deliver(northern)
    ticket = sandbox.ticket(dispute.reference)
    assert dispute.handovers.get().remote_id == ticket["id"]
    wait_until(lambda: state_of(dispute) == State.ACKNOWLEDGED)

    sandbox.move(ticket["id"], "inProgress")
    wait_until(lambda: state_of(dispute) == State.IN_REVIEW)
    sandbox.move(ticket["id"], "resolved", outcome="REMOVED_FRAUD", answer="The card was photographed. We removed it.")
    wait_until(lambda: state_of(dispute) == State.DECIDED)

    dispute.refresh_from_db()
    assert (dispute.outcome, dispute.decided_by) == ("REMOVED_FRAUD", "carrier")
    assert dispute.answer == "The card was photographed. We removed it."
    assert [step.after for step in dispute.steps.all()] == [
        "waiting",
        "handed_over",
        "acknowledged",
        "in_review",
        "decided",
    ]


@pytest.mark.parametrize("honours_keys", [True, False])
@pytest.mark.parametrize("failure", ["accept_then_timeout", "accept_then_close"])
def test_accepted_but_never_said_so_leaves_one_ticket(
    wei: Account,
    weis_line: Registration,
    northern: Carrier,
    sandbox: SandboxCarrier,
    file,
    deliver,
    failure: str,
    honours_keys: bool,
) -> None:
    """D11"""
    sandbox.behave(**{failure: 1, "honour_idempotency": honours_keys, "events": False})
    dispute = file(weis_line, wei)
    wait_until(lambda: (deliver(northern), state_of(dispute) == State.HANDED_OVER)[1], seconds=60)
    assert len(sandbox.tickets(dispute.reference)) == 1
    assert HandoverMessage.objects.get().attempts == 2


def test_a_carrier_that_fails_gets_it_when_it_is_back(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    sandbox.behave(fail_status=503, fail_next=2)
    dispute = file(weis_line, wei)
    wait_until(lambda: (deliver(northern), state_of(dispute) != State.WAITING)[1], seconds=60)
    assert len(sandbox.tickets(dispute.reference)) == 1


def test_news_that_overtake_our_own_receipt_are_believed(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    """The carrier accepted, its answer was lost, and its event arrives first."""
    sandbox.behave(accept_then_close=1)
    dispute = file(weis_line, wei)
    deliver(northern)
    wait_until(lambda: state_of(dispute) == State.ACKNOWLEDGED)
    wait_until(lambda: (deliver(northern), HandoverMessage.objects.get().state == "sent")[1], seconds=60)
    assert [step.after for step in dispute.steps.all()] == ["waiting", "handed_over", "acknowledged"]
    assert len(sandbox.tickets(dispute.reference)) == 1


def test_a_withdrawal_cancels_the_ticket(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    dispute = file(weis_line, wei)
    deliver(northern)
    services.withdraw(dispute, account=wei)
    deliver(northern)
    wait_until(lambda: sandbox.ticket(dispute.reference)["status"] == "cancelled")
    assert state_of(dispute) == State.WITHDRAWN


def test_accepting_closes_the_ticket(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    dispute = file(weis_line, wei)
    deliver(northern)
    ticket = sandbox.ticket(dispute.reference)
    sandbox.move(ticket["id"], "resolved", outcome="REMOVED", answer="Removed.")
    wait_until(lambda: state_of(dispute) == State.DECIDED)
    services.accept(dispute, account=wei)
    deliver(northern)
    wait_until(lambda: sandbox.ticket(dispute.reference)["status"] == "closed")
    assert state_of(dispute) == State.CLOSED


def test_a_question_reaches_the_citizen_and_the_reply_the_carrier(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    dispute = file(weis_line, wei)
    deliver(northern)
    ticket = sandbox.ticket(dispute.reference)
    sandbox.move(ticket["id"], "pending", answer="When did you lose the card?")
    wait_until(lambda: state_of(dispute) == State.NEEDS_INFORMATION)
    services.reply(dispute, account=wei, text="On 3 October.")
    deliver(northern)
    assert any(note["text"] == "On 3 October." for note in sandbox.ticket(dispute.reference)["note"])


def test_what_the_carrier_refuses_is_parked_for_a_person(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    """D16"""
    sandbox.behave(fail_status=422, fail_next=1)
    dispute = file(weis_line, wei)
    deliver(northern)
    message = HandoverMessage.objects.get()
    assert (message.state, message.parked_reason) == ("parked", "http_422")
    assert state_of(dispute) == State.PERSON_NEEDED

    HandoverMessage.objects.all().try_again()
    deliver(northern)
    wait_until(lambda: state_of(dispute) == State.ACKNOWLEDGED)
