"""MISROUTED: on to the carrier that is named, twice at most and never in a circle; then a person at the portal."""

from typing import Any

import pytest

from lookups.carriers.models import Carrier
from lookups.carriers.transports.contract import DECIDED, CarrierEvent
from lookups.disputes import inbox, routing, services, tasks, timeline
from lookups.disputes.models import Dispute
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import make_carrier
from tests.disputes.conftest import handed_over
from tests.doubles.sandbox import SandboxCarrier, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_northern(wei: Account, weis_line: Registration, file) -> Dispute:
    return handed_over(file(weis_line, wei))


def fresh(dispute: Dispute) -> Dispute:
    return Dispute.objects.select_related("carrier").get(pk=dispute.pk)


def not_ours(dispute: Dispute, named: str = "", by: Account | None = None) -> Dispute:
    words: dict[str, Any] = {"outcome": "MISROUTED", "answer": "Ported away in May.", "evidence": {}}
    services.decide(fresh(dispute), by=by, right_carrier=named, **words)
    tasks.forward_misrouted()
    return fresh(dispute)


def arrives(dispute: Dispute, deliver) -> Dispute:
    deliver(fresh(dispute).carrier)
    return fresh(dispute)


def test_it_goes_on_to_the_carrier_that_is_named(
    at_northern: Dispute, western: Carrier, ning: Account, deliver
) -> None:
    due = at_northern.answer_by
    assert not_ours(at_northern, "western", ning).carrier == western
    known = arrives(at_northern, deliver)
    assert (known.state, known.answer_by, known.registered_with.code) == (State.HANDED_OVER, due, "northern")
    assert known.handovers.get(hop=2).carrier == western
    assert known.acknowledge_by is not None


def test_the_letter_says_who_had_it_when(at_northern: Dispute, western: Carrier, ning: Account, deliver) -> None:
    not_ours(at_northern, "western", ning)
    titles = [moment.title for moment in timeline.of(arrives(at_northern, deliver))]
    assert titles[1:5] == [
        "We handed it to Northern Telecom",
        "Northern Telecom says it is not their number",
        "We sent it on to Western Mobile",
        "We handed it to Western Mobile",
    ]


def test_a_carriers_system_names_it_as_well(at_northern: Dispute, western: Carrier, northern: Carrier) -> None:
    event = CarrierEvent(
        event_id="1",
        kind=DECIDED,
        reference=at_northern.reference,
        remote_id="",
        outcome="MISROUTED",
        message="Ported away.",
        right_carrier="western",
    )
    inbox.receive(northern, event)
    assert routing.forward() == 1
    assert fresh(at_northern).carrier == western


def test_from_one_carriers_system_to_the_next_carrier(
    wei: Account, weis_line: Registration, northern: Carrier, western: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    """Northern's own ticket is resolved with the name of the right carrier; Western gets a ticket of its own."""
    dispute = file(weis_line, wei)
    deliver(northern)
    ticket = sandbox.ticket(dispute.reference)
    named = {"rightCarrier": "western"}
    sandbox.move(ticket["id"], "resolved", outcome="MISROUTED", answer="Ported away.", evidence=named)
    wait_until(lambda: fresh(dispute).state == State.PERSON_NEEDED)
    tasks.forward_misrouted()
    assert arrives(dispute, deliver).state == State.HANDED_OVER
    assert fresh(dispute).carrier == western


def test_a_reseller_is_answered_for_by_its_host(at_northern: Dispute, western: Carrier) -> None:
    make_carrier("jade", "Jade Mobile", host=western)
    assert not_ours(at_northern, "jade").carrier == western


@pytest.mark.parametrize("named", ["", "nobody", "northern", "lotus"])
def test_otherwise_a_person_looks(at_northern: Dispute, lotus: Carrier, named: str) -> None:
    """Lotus is answered for by Northern, which has just said that it is not theirs."""
    known = not_ours(at_northern, named)
    assert (known.state, known.carrier.code, known.named_carrier) == (State.PERSON_NEEDED, "northern", None)
    assert known.handovers.count() == 1


def test_a_carrier_that_is_no_longer_there_is_not_asked(at_northern: Dispute, western: Carrier) -> None:
    Carrier.objects.filter(pk=western.pk).update(is_active=False)
    assert not_ours(at_northern, "western").state == State.PERSON_NEEDED


def test_no_circles_and_two_hops_at_most(at_northern: Dispute, western: Carrier, eastern: Carrier, deliver) -> None:
    make_carrier("southern", "Southern Cell")
    not_ours(at_northern, "western")
    arrives(at_northern, deliver)
    assert not_ours(at_northern, "northern").state == State.PERSON_NEEDED, "it had it already"
    services.acknowledge(fresh(at_northern), by=Account.objects.get(pk=at_northern.account))
    not_ours(at_northern, "eastern")
    assert arrives(at_northern, deliver).carrier == eastern
    last = not_ours(at_northern, "southern")
    assert (last.state, last.carrier) == (State.PERSON_NEEDED, eastern)


def test_who_was_named_is_forgotten_when_it_moves(at_northern: Dispute, western: Carrier, wei: Account) -> None:
    words: dict[str, Any] = {"outcome": "MISROUTED", "answer": "Not ours.", "evidence": {}}
    services.decide(at_northern, by=None, right_carrier="western", **words)
    services.withdraw(fresh(at_northern), account=wei)
    assert routing.forward() == 0
    assert (fresh(at_northern).state, fresh(at_northern).named_carrier) == (State.WITHDRAWN, None)
