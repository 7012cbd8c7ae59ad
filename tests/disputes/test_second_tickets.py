"""A dispute that opened again is a second ticket at the carrier, and nothing mistakes it for the first (D11, D13)."""

import datetime
from collections.abc import Callable

import pytest
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.disputes import handovers, removals
from lookups.disputes.models import Dispute, InboxEvent
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.doubles.sandbox import SandboxCarrier, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def state_of(dispute: Dispute) -> str:
    return Dispute.objects.get(pk=dispute.pk).state


@pytest.fixture
def reopened(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> Dispute:
    """Northern's system resolved its ticket with REMOVED, and its feed lists the line still."""
    dispute = file(weis_line, wei)
    deliver(northern)
    sandbox.move(sandbox.ticket(dispute.reference)["id"], "resolved", outcome="REMOVED", answer="We removed it.")
    wait_until(lambda: state_of(dispute) == State.DECIDED)
    Dispute.objects.update(gone_by=timezone.now() - datetime.timedelta(days=1))
    assert removals.check(seconds=10) == 1
    assert state_of(dispute) == State.REOPENED
    return dispute


@pytest.mark.parametrize(
    "failure", [{"accept_then_timeout": 1}, {"accept_then_close": 1}, {"fail_status": 503, "fail_next": 1}], ids=list
)
@pytest.mark.parametrize("honours_keys", [True, False])
def test_there_is_one_more_ticket_whatever_happened_on_the_way(
    reopened: Dispute,
    northern: Carrier,
    sandbox: SandboxCarrier,
    deliver: Callable[[Carrier], None],
    failure: dict[str, int],
    honours_keys: bool,
) -> None:
    sandbox.behave(**failure, honour_idempotency=honours_keys, events=False)
    wait_until(lambda: (deliver(northern), state_of(reopened) == State.HANDED_OVER)[1], seconds=60)
    first, second = sandbox.tickets(reopened.reference)
    assert list(reopened.handovers.order_by("hop").values_list("remote_id", flat=True)) == [first["id"], second["id"]]
    said = {each["name"]: each["value"] for each in second["troubleTicketCharacteristic"]}
    assert said["statement"].startswith("Reopened. You answered REMOVED on ")
    assert said["statement"].endswith("I have never been to Liuzhou.")


def test_the_first_ticket_moves_it_no_more(
    reopened: Dispute, northern: Carrier, sandbox: SandboxCarrier, deliver: Callable[[Carrier], None]
) -> None:
    deliver(northern)
    wait_until(lambda: state_of(reopened) == State.ACKNOWLEDGED)
    first, second = sandbox.tickets(reopened.reference)
    echo = first | {"statusChangeDate": timezone.now().isoformat()}
    sandbox.send_event(echo, event_id="echo-1")
    sandbox.send_event(echo | {"externalIdentifier": []}, event_id="echo-2")
    heard = InboxEvent.objects.filter(event_id__startswith="echo-")
    wait_until(lambda: heard.count() == 2)
    assert list(heard.order_by("event_id").values_list("reading", flat=True)) == ["unknown_ticket", "late"]
    sandbox.move(second["id"], "inProgress")
    wait_until(lambda: state_of(reopened) == State.IN_REVIEW)
    dispute = Dispute.objects.get()
    assert dispute.outcome == ""
    sandbox.move(second["id"], "resolved", outcome="REMOVED_FRAUD", answer="Now it is.")
    wait_until(lambda: state_of(dispute) == State.DECIDED)
    assert Dispute.objects.get().outcome == "REMOVED_FRAUD"


def test_only_the_present_ticket_is_asked_about(
    reopened: Dispute, northern: Carrier, deliver: Callable[[Carrier], None]
) -> None:
    deliver(northern)
    asked = handovers.to_poll(before=timezone.now() + datetime.timedelta(hours=1))
    assert [handover.hop for handover in asked] == [2]
