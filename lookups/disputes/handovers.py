"""Handing a dispute to its carrier.

Which messages leave, in which order, and what their delivery means for the dispute.
"""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone, translation

from lookups.audit import services as audit
from lookups.audit.models import Action, ActorKind
from lookups.carriers.models import Carrier, Channel
from lookups.carriers.transports.contract import CREATE, EVIDENCE, Envelope
from lookups.disputes import questions, states
from lookups.disputes.models import Attachment, DeliveryAttempt, Dispute, Handover, HandoverMessage, StepActor
from lookups.disputes.moves import leave_step, locked, move
from lookups.disputes.states import State
from lookups.jurisdictions import rules, working_days
from lookups.outbox import doorbell
from lookups.outbox.drain import Delivery, Sending
from lookups.outbox.models import MessageState
from lookups.outbox.receipts import Receipt


class TicketTaken(ValueError):
    """The carrier gave this dispute a ticket id that another dispute holds there."""


def open_at(dispute: Dispute, carrier: Carrier, *, wait: datetime.timedelta, preface: str = "") -> Handover:
    """A ticket for ``dispute`` at ``carrier``; its first message is due when ``wait`` is over.

    ``preface`` stands before the citizen's words: why there is a ticket once more.
    """
    handover = Handover.objects.create(dispute=dispute, carrier=carrier, hop=dispute.handovers.count() + 1)
    _add(handover, kind=CREATE, payload=_ticket(dispute, preface), wait=wait)
    if files := list(dispute.attachments.select_related("evidence").defer("evidence__content")):
        _add(handover, kind=EVIDENCE, payload=about_files(dispute, files), wait=wait)
    return handover


def append(dispute: Dispute, *, kind: str, payload: dict[str, Any]) -> None:
    """One more message on the dispute's latest ticket, after all earlier ones. Nothing where it never left."""
    handover = dispute.handovers.order_by("-hop").first()
    if handover and handover.messages.filter(Q(attempts__gt=0) | ~Q(state=MessageState.DROPPED)).exists():
        _add(handover, kind=kind, payload=payload, wait=datetime.timedelta(0))


def recall(dispute: Dispute) -> bool:
    """Drop the ticket, and what was to follow it, if no one has tried to send it yet. False where it is too late."""
    unsent = HandoverMessage.objects.filter(handover__dispute=dispute, state=MessageState.DUE, attempts=0, lease=None)
    if not unsent.filter(kind=CREATE).update(state=MessageState.DROPPED, settled_at=timezone.now()):
        return False
    unsent.update(state=MessageState.DROPPED, settled_at=timezone.now())
    return True


def give_up_sending(dispute: Dispute) -> bool:
    """Drop a ticket that still waits, or is parked. True where the carrier has never seen it and need not be told."""
    if recall(dispute):
        return True
    parked = HandoverMessage.objects.filter(handover__dispute=dispute, kind=CREATE, state=MessageState.PARKED)
    never_arrived = parked.filter(maybe_sent=False).exists()
    if parked.update(state=MessageState.DROPPED, settled_at=timezone.now()):
        follows = HandoverMessage.objects.filter(handover__dispute=dispute, kind=EVIDENCE, state=MessageState.DUE)
        follows.update(state=MessageState.DROPPED, settled_at=timezone.now())
    return never_arrived


def hurry(dispute: Dispute) -> None:
    """Make the ticket due now."""
    waiting = HandoverMessage.objects.filter(handover__dispute=dispute, state=MessageState.DUE, attempts=0)
    waiting.update(next_attempt_at=Now())
    for mailbox_id in waiting.values_list("mailbox_id", flat=True):
        doorbell.ring_after_commit(HandoverMessage.drain_task, mailbox_id)


def _add(handover: Handover, *, kind: str, payload: dict[str, Any], wait: datetime.timedelta) -> None:
    last = handover.messages.aggregate(last=Max("position"))["last"] or 0
    # A carrier for which no channel was set up works in our console.
    channel, _new = Channel.objects.get_or_create(carrier_id=handover.carrier_id, defaults={"kind": "console"})
    message = HandoverMessage(
        id=uuid.uuid4(),
        mailbox=channel,
        handover=handover,
        stream=handover.id,
        position=last + 1,
        kind=kind,
        next_attempt_at=Now() + wait,
    )
    message.payload = payload
    message.save(force_insert=True)
    if not wait:
        doorbell.ring_after_commit(HandoverMessage.drain_task, channel.id)


def _ticket(dispute: Dispute, preface: str) -> dict[str, Any]:
    """What the carrier gets: the number and the words, never an ID number."""
    held = dispute.registration
    return {
        "reason": dispute.reason,
        "statement": "\n\n".join(words for words in (preface, _particulars(dispute), dispute.statement) if words),
        "phone_number": held["number"],
        "filed_at": dispute.filed_at.isoformat(),
        "answer_by": dispute.answer_by.isoformat(),
        "registration": {key: held[key] for key in ("service", "plan", "activated_on")},
    }


def _particulars(dispute: Dispute) -> str:
    """The answers to the questions of its reason, in the portal's own language."""
    with translation.override(settings.LANGUAGE_CODE):
        return "\n".join(f"{label}: {said}" for label, said in questions.pairs(dispute.reason, dispute.particulars))


def about_files(dispute: Dispute, files: Sequence[Attachment]) -> dict[str, Any]:
    """That there are files, and where they can be opened: the files themselves stay with us."""
    address = settings.PORTAL_BASE_URL + reverse("admin:disputes_dispute_change", args=[dispute.pk])
    kinds = ", ".join(f"{one.position}: {one.evidence.kind.upper()}, {one.evidence.size} bytes" for one in files)
    return {
        "text": f"The citizen added evidence ({kinds}). Your staff open it in the portal's console: {address}",
        "url": address,
        "files": [{"position": one.position, "kind": one.evidence.kind, "size": one.evidence.size} for one in files],
    }


def prepare(message: HandoverMessage) -> Sending:
    """The message as an envelope for its channel's transport."""
    envelope = Envelope(
        kind=message.kind,
        idempotency_key=str(message.id),
        reference=message.handover.dispute.reference,
        remote_id=message.handover.remote_id,
        payload=message.payload,
        maybe_sent=message.maybe_sent,
        earlier=_earlier_tickets(message.handover),
    )
    transport = message.mailbox.transport()
    return lambda: transport.send(envelope)


def _earlier_tickets(handover: Handover) -> tuple[str, ...]:
    """What the carrier calls the tickets that this dispute had there before: none of them is this one."""
    if handover.hop == 1:
        return ()
    earlier = Handover.objects.filter(dispute=handover.dispute_id, carrier=handover.carrier_id, hop__lt=handover.hop)
    return tuple(earlier.exclude(remote_id="").values_list("remote_id", flat=True))


def delivered(message: HandoverMessage, receipt: Receipt) -> None:
    """The carrier has it.

    After the ticket itself, the dispute is handed over and the carrier's clock for a sign of life runs.
    """
    if message.kind == CREATE:
        accepted(message.handover, remote_id=receipt.remote_id)


def accepted(handover: Handover, *, remote_id: str) -> Dispute:
    """Note that the carrier holds the ticket, however we learned it, and return the locked dispute."""
    dispute = locked(handover.dispute_id)
    try:
        with transaction.atomic():
            Handover.objects.filter(pk=handover.pk, remote_id="").update(remote_id=remote_id)
    except IntegrityError:
        raise TicketTaken("a ticket id that belongs to another dispute") from None
    if not Handover.objects.filter(pk=handover.pk, accepted_at=None).update(accepted_at=timezone.now()):
        return dispute
    if dispute.state in (State.WAITING, State.PERSON_NEEDED, State.REOPENED):
        country = rules.get(dispute.rules["jurisdiction"])
        now = timezone.now()
        acknowledge_by = working_days.due_at(now, dispute.rules["acknowledge_days"], country)
        Dispute.objects.filter(pk=dispute.pk).update(
            acknowledge_by=acknowledge_by,
            send_after=min(now, dispute.send_after),
        )
        move(dispute, State.HANDED_OVER, actor=StepActor.PORTAL, why="handed_over")
    audit.record(
        [dispute.subject],
        action=Action.HANDED_OVER,
        actor_kind=ActorKind.CARRIER,
        organisation=handover.carrier.name,
        purpose="dispute",
        about=dispute.reference,
    )
    return dispute


def parked(message: HandoverMessage) -> None:
    """It could not be delivered at all: a person has to look; the citizen's clock runs on.

    What follows a ticket moves nothing, but it holds back everything after it, so nobody is left to believe it arrived.
    """
    dispute = locked(message.handover.dispute_id)
    if message.kind != CREATE:
        leave_step(dispute, before=dispute.state, actor=StepActor.PORTAL, why="not_passed_on", note=message.kind)
        return
    if states.allowed(dispute.state, State.PERSON_NEEDED):
        move(dispute, State.PERSON_NEEDED, actor=StepActor.PORTAL, why="undeliverable")


DELIVERY = Delivery(
    mailboxes=Channel,
    messages=HandoverMessage,
    attempts=DeliveryAttempt,
    prepare=prepare,
    delivered=delivered,
    parked=parked,
)


def to_poll(*, before: datetime.datetime) -> "QuerySet[Handover]":
    """The latest handover of each dispute whose carrier owes an answer, where it was not asked since ``before``."""
    later = Handover.objects.filter(dispute=OuterRef("dispute"), hop__gt=OuterRef("hop"))
    return Handover.objects.filter(
        ~Exists(later),
        Q(polled_at=None) | Q(polled_at__lt=before),
        accepted_at__isnull=False,
        accepted_at__lt=before,
        dispute__state__in=states.AT_CARRIER,
    )
