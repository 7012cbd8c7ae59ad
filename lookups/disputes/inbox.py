"""What carriers tell us: each event is taken once, in the same transaction as what it moves.

Late, repeated, out-of-order and foreign events change nothing and are kept. Nothing here trusts a carrier to be in
order: the table of moves decides what an event can still do, and the carrier's own time whether it is an old one.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.carriers.transports import contract
from lookups.carriers.transports.contract import CarrierEvent
from lookups.disputes import findings, handovers, services, states
from lookups.disputes.models import Dispute, Handover, InboxEvent, Outcome, Reading, StepActor
from lookups.disputes.moves import move
from lookups.disputes.states import State

_STATE_OF = {
    contract.ACKNOWLEDGED: State.ACKNOWLEDGED,
    contract.IN_REVIEW: State.IN_REVIEW,
    contract.NEEDS_INFORMATION: State.NEEDS_INFORMATION,
    contract.DECIDED: State.DECIDED,
    contract.PERSON_NEEDED: State.PERSON_NEEDED,
}


class Duplicate(Exception):
    """This event was taken before. ``signed_at`` is the time in the signature that it came with then."""

    def __init__(self, signed_at: int) -> None:
        self.signed_at = signed_at
        super().__init__("event taken before")


def receive(carrier: Carrier, event: CarrierEvent, *, signed_at: int = 0) -> Reading:
    """Take one event from ``carrier`` and do what it still can do. Raises Duplicate where it was taken before.

    An event about a ticket that we did not know yet may be read again when the carrier sends it again.
    """
    with transaction.atomic():
        entry = _keep(carrier, event, signed_at)
        entry.handover = _handover(carrier, event)
        try:
            with transaction.atomic():
                entry.reading = _read(carrier, event, entry.handover, polled=not signed_at)
        except handovers.TicketTaken:
            entry.reading = Reading.UNKNOWN_TICKET
        if entry.reading in (Reading.FOREIGN_TICKET, Reading.UNKNOWN_TICKET):
            entry.handover = None
        entry.save(update_fields=["handover", "reading"])
        return Reading(entry.reading)


def _keep(carrier: Carrier, event: CarrierEvent, signed_at: int) -> InboxEvent:
    entry = InboxEvent(
        carrier=carrier,
        event_id=event.event_id,
        received_at=timezone.now(),
        kind=event.kind,
        signed_at=signed_at,
        reading=Reading.NO_CHANGE,
    )
    entry.body = _body(event)
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError:
        known = InboxEvent.objects.select_for_update(of=("self",)).get(carrier=carrier, event_id=event.event_id)
        if known.reading != Reading.UNKNOWN_TICKET or known.signed_at == signed_at:
            raise Duplicate(known.signed_at) from None
        return known
    return entry


def _body(event: CarrierEvent) -> dict[str, Any]:
    return {
        "reference": event.reference,
        "remote_id": event.remote_id,
        "occurred_at": event.occurred_at.isoformat() if event.occurred_at else None,
        "outcome": event.outcome,
        "message": event.message,
        "evidence": dict(event.evidence),
        "right_carrier": event.right_carrier,
    }


def _handover(carrier: Carrier, event: CarrierEvent) -> Handover | None:
    """The ticket an event is about: by our reference, which carriers repeat, else by the carrier's own id.

    A reference may lead to another carrier's ticket, which is worth knowing; two carriers may use the same ticket id.
    """
    tickets = Handover.objects.select_related("carrier", "dispute").order_by("-hop")
    if event.reference:
        about = tickets.filter(dispute__reference=event.reference)
        return about.filter(carrier=carrier).first() or about.first()
    return tickets.filter(carrier=carrier, remote_id=event.remote_id).first() if event.remote_id else None


def _read(carrier: Carrier, event: CarrierEvent, handover: Handover | None, *, polled: bool) -> Reading:
    if handover is None:
        return Reading.UNKNOWN_TICKET
    if handover.carrier_id != carrier.pk:
        return Reading.FOREIGN_TICKET
    if not _was_sent(handover) or _is_another_ticket(handover, event):
        return Reading.UNKNOWN_TICKET
    dispute = handovers.accepted(handover, remote_id=event.remote_id or handover.remote_id)
    if dispute.handovers.filter(hop__gt=handover.hop).exists():
        return Reading.LATE
    old = _old_news(handover, event, polled=polled)
    if old is not None:
        return old
    if dispute.state == _STATE_OF[event.kind] or dispute.carrier_id != carrier.pk:
        return Reading.NO_CHANGE
    return _apply(dispute, event)


def _was_sent(handover: Handover) -> bool:
    """A carrier cannot speak of a ticket that we have never tried to send."""
    return handover.accepted_at is not None or handover.messages.filter(attempts__gt=0).exists()


def _is_another_ticket(handover: Handover, event: CarrierEvent) -> bool:
    """Our reference on a ticket that is not the one we hold: a duplicate that we cancelled, for example."""
    return bool(handover.remote_id and event.remote_id and handover.remote_id != event.remote_id)


def _old_news(handover: Handover, event: CarrierEvent, *, polled: bool) -> Reading | None:
    """Whether the carrier has said this, or something newer, before; where not, its time and kind are noted.

    The same state of a ticket reaches us pushed and polled under two ids: a question that was answered meanwhile must
    not be asked again. A time in the future is taken for now, or it would silence everything that is true later.
    """
    known = Handover.objects.get(pk=handover.pk)
    same_kind = known.last_event_kind == event.kind
    if event.occurred_at is None:
        return Reading.NO_CHANGE if polled and same_kind else None
    occurred_at = min(event.occurred_at, timezone.now())
    if known.last_event_at and occurred_at < known.last_event_at:
        return Reading.LATE
    if known.last_event_at == occurred_at and same_kind:
        return Reading.NO_CHANGE
    Handover.objects.filter(pk=handover.pk).update(last_event_at=occurred_at, last_event_kind=event.kind)
    return None


def _apply(dispute: Dispute, event: CarrierEvent) -> Reading:
    target = _STATE_OF[event.kind]
    if dispute.state not in states.AT_CARRIER or not states.allowed(dispute.state, target):
        _keep_late_answer(dispute, event)
        return Reading.LATE
    if event.kind == contract.DECIDED:
        return _decide(dispute, event)
    if event.kind == contract.NEEDS_INFORMATION:
        services.ask(dispute, by=None, question=event.message)
        return Reading.MOVED
    note = event.message or None
    move(dispute, target, actor=StepActor.CARRIER, why=event.kind, note=note)
    return Reading.PERSON if target == State.PERSON_NEEDED else Reading.MOVED


def _keep_late_answer(dispute: Dispute, event: CarrierEvent) -> None:
    """An answer that came after the regulator took it, or the citizen gave it up, moves nothing, but is not hidden."""
    is_too_late = dispute.can_answer_late or dispute.is_withdrawn
    if event.kind == contract.DECIDED and event.outcome in Outcome.values and is_too_late:
        services.leave_late_answer(dispute, outcome=event.outcome, answer=event.message, evidence=event.evidence)


def _decide(dispute: Dispute, event: CarrierEvent) -> Reading:
    """An answer that lacks what it must rest on is no answer: a person looks, and the clock runs on."""
    waits_for_a_person = dispute.state == State.PERSON_NEEDED
    if event.outcome == Outcome.MISROUTED and waits_for_a_person:
        return Reading.NO_CHANGE
    try:
        if event.outcome not in Outcome.values:
            raise findings.EvidenceMissing("unknown outcome")
        services.decide(
            dispute,
            outcome=event.outcome,
            answer=event.message,
            evidence=event.evidence,
            right_carrier=event.right_carrier,
            by=None,
        )
    except findings.EvidenceMissing:
        if not waits_for_a_person:
            move(dispute, State.PERSON_NEEDED, actor=StepActor.CARRIER, why="answer_incomplete", note=event.message)
        return Reading.PERSON
    return Reading.PERSON if event.outcome == Outcome.MISROUTED else Reading.MOVED
