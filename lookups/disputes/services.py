"""The acts on a dispute: a guard, one transaction with its Step, and only after the commit anything that leaves.

Each raises ``MoveRefused`` where the dispute has moved on meanwhile, and ``NotYours`` for somebody else's; then nothing
happened.
"""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from lookups.audit import services as audit
from lookups.audit.models import Action, ActorKind
from lookups.carriers.transports.contract import EVIDENCE, NOTE, ORDER
from lookups.disputes import findings, handovers, references, routing
from lookups.disputes.models import Attachment, DecidedBy, Dispute, Evidence, Outcome, StepActor
from lookups.disputes.moves import MoveRefused, leave_step, locked, move
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.jurisdictions import rules, working_days
from lookups.notices import services as notices
from lookups.registry import retention
from lookups.registry.models import Registration

MAX_STATEMENT = 4000


class NotYours(Exception):
    """The registration or dispute belongs to somebody else, or does not exist: the same to whoever asks."""


class AlreadyOpen(Exception):
    """There is an open dispute about this number already. ``dispute`` is that one."""

    def __init__(self, dispute: Dispute | None) -> None:
        self.dispute = dispute
        super().__init__("a dispute about this registration is open already")


def file(
    registration: Registration,
    *,
    account: Account,
    reason: str,
    statement: str,
    particulars: Mapping[str, Any] | None = None,
    evidence: Sequence[Evidence] = (),
    ask_family: bool = False,
) -> Dispute:
    """File a dispute about a registration of this person. Nothing leaves before the undo window ends.

    With ``ask_family`` nothing leaves at all before the citizen says so (``go_on``).

    Raises NotYours, or AlreadyOpen with the dispute that there is.
    """
    if registration.subject not in account.subjects():
        raise NotYours
    country = rules.current()
    limit = country.time_limit(reason, registration.plan)
    now = timezone.now()
    dispute = Dispute(
        id=uuid.uuid4(),
        reference=_free_reference(),
        subject=registration.subject,
        account=account.pk,
        registration_id=registration.pk,
        registered_with=registration.carrier,
        carrier=registration.carrier.answered_by,
        reason=reason,
        rules={
            "jurisdiction": country.code,
            "answer_days": limit.answer_days,
            "acknowledge_days": limit.acknowledge_days,
            "removal_days": country.removal.days,
            "standstill_days": country.standstill.days,
            "standstill_source": country.standstill.source if country.standstill.in_law else "",
            "source": limit.source,
            "in_law": limit.in_law,
            "acknowledge_source": limit.acknowledge_source,
            "silence_decides": limit.silence_decides,
        },
        filed_at=now,
        send_after=now + (datetime.timedelta(days=country.caps.family_days) if ask_family else undo_window()),
        answer_by=working_days.due_at(now, limit.answer_days, country),
    )
    dispute.statement, dispute.particulars = statement or None, dict(particulars or {}) or None
    dispute.registration = _frozen(registration)
    try:
        with transaction.atomic():
            retention.hold(registration)
            dispute.save(force_insert=True)
            _attach(dispute, evidence)
            leave_step(dispute, before="", actor=StepActor.CITIZEN, account=account.pk, why="filed")
            if ask_family:
                move(dispute, State.FAMILY, actor=StepActor.CITIZEN, account=account.pk, why="family_first")
            else:
                handovers.open_at(dispute, dispute.carrier, wait=undo_window())
            _record(dispute, Action.FILED, account)
            tell(dispute, "dispute_family" if ask_family else "dispute_filed")
    except retention.Gone:
        raise NotYours from None
    except IntegrityError:
        raise AlreadyOpen(Dispute.objects.open().filter(registration_id=registration.pk).first()) from None
    return dispute


def _attach(dispute: Dispute, evidence: Sequence[Evidence]) -> None:
    numbered = enumerate(evidence, start=1)
    Attachment.objects.bulk_create(
        [Attachment(dispute=dispute, evidence=one, position=position) for position, one in numbered]
    )


def _free_reference() -> str:
    """A reference that no dispute has."""
    reference = references.new()
    while Dispute.objects.filter(reference=reference).exists():
        reference = references.new()
    return reference


def undo_window() -> datetime.timedelta:
    """How long a dispute waits before it leaves: the jurisdiction's, or what the deployment sets (the demo: 30 s)."""
    if settings.PORTAL_UNDO_SECONDS is not None:
        return datetime.timedelta(seconds=settings.PORTAL_UNDO_SECONDS)
    return rules.current().undo_window


def cancel(dispute: Dispute, *, account: Account) -> None:
    """Take back a dispute inside the undo window. The carrier never hears of it."""
    with transaction.atomic():
        dispute = mine(dispute, account)
        nothing_to_recall = dispute.asks_family
        if not dispute.can_cancel or not (nothing_to_recall or handovers.recall(dispute)):
            raise MoveRefused("it is on its way to the carrier")
        move(dispute, State.CANCELLED, actor=StepActor.CITIZEN, account=account.pk, why="cancelled")
        tell(dispute, "dispute_withdrawn")


def send_now(dispute: Dispute, *, account: Account) -> None:
    """End the undo window at once."""
    with transaction.atomic():
        dispute = mine(dispute, account)
        if not dispute.can_send_now:
            raise MoveRefused("the time to take it back is over already")
        Dispute.objects.filter(pk=dispute.pk).update(send_after=timezone.now())
        handovers.hurry(dispute)


def withdraw(dispute: Dispute, *, account: Account) -> None:
    """Give up a dispute that the carrier has, or is about to get. The carrier is told."""
    with transaction.atomic():
        dispute = mine(dispute, account)
        if not dispute.can_withdraw:
            raise MoveRefused("it cannot be withdrawn any more")
        move(dispute, State.WITHDRAWN, actor=StepActor.CITIZEN, account=account.pk, why="withdrawn")
        if not handovers.give_up_sending(dispute):
            handovers.append(dispute, kind="withdraw", payload={"text": ""})
        tell(dispute, "dispute_withdrawn")


def reply(dispute: Dispute, *, account: Account, text: str) -> None:
    """Answer the carrier's question; it goes on with its work."""
    with transaction.atomic():
        dispute = mine(dispute, account)
        if not dispute.can_reply:
            raise MoveRefused("there is no open question")
        move(dispute, State.IN_REVIEW, actor=StepActor.CITIZEN, account=account.pk, why="replied", note=text)
        handovers.append(dispute, kind=NOTE, payload={"text": text})


def say_more(dispute: Dispute, *, account: Account, text: str) -> None:
    """More words for whoever decides, without having been asked."""
    with transaction.atomic():
        dispute = mine(dispute, account)
        if not dispute.can_add_evidence:
            raise MoveRefused("nobody decides about it any more")
        leave_step(
            dispute, before=dispute.state, actor=StepActor.CITIZEN, account=account.pk, why="said_more", note=text
        )
        handovers.append(dispute, kind=NOTE, payload={"text": text})


def add_evidence(dispute: Dispute, *, account: Account, evidence: Evidence) -> None:
    """One more file, after filing; the carrier is told where it has the ticket."""
    with transaction.atomic():
        dispute = mine(dispute, account)
        if not dispute.can_add_evidence:
            raise MoveRefused("nobody decides about it any more")
        attachment = Attachment.objects.create(
            dispute=dispute, evidence=evidence, position=dispute.attachments.count() + 1
        )
        leave_step(dispute, before=dispute.state, actor=StepActor.CITIZEN, account=account.pk, why="evidence_added")
        handovers.append(dispute, kind=EVIDENCE, payload=handovers.about_files(dispute, [attachment]))


def accept(dispute: Dispute, *, account: Account) -> None:
    """Agree with the outcome; the dispute is closed."""
    with transaction.atomic():
        dispute = mine(dispute, account)
        move(dispute, State.CLOSED, actor=StepActor.CITIZEN, account=account.pk, why="accepted")
        handovers.append(dispute, kind="close", payload={"text": ""})


def appeal(dispute: Dispute, *, account: Account, text: str) -> None:
    """Take the carrier's answer to the regulator, with one's reasons. Once."""
    with transaction.atomic():
        dispute = mine(dispute, account)
        if not dispute.can_appeal:
            raise MoveRefused("this answer cannot be taken to the regulator")
        move(dispute, State.ESCALATED, actor=StepActor.CITIZEN, account=account.pk, why="appealed", note=text)


def acknowledge(dispute: Dispute, *, by: Account) -> None:
    """A clerk has taken notice."""
    with transaction.atomic():
        move(locked(dispute.pk), State.ACKNOWLEDGED, actor=StepActor.CARRIER, account=by.pk, why="acknowledged")


def start_review(dispute: Dispute, *, by: Account) -> None:
    """A clerk has begun to look into it."""
    with transaction.atomic():
        move(locked(dispute.pk), State.IN_REVIEW, actor=StepActor.CARRIER, account=by.pk, why="in_review")


def ask(dispute: Dispute, *, by: Account | None, question: str) -> None:
    """The carrier needs to know something from the citizen."""
    with transaction.atomic():
        dispute = locked(dispute.pk)
        account = by.pk if by else None
        move(dispute, State.NEEDS_INFORMATION, actor=StepActor.CARRIER, account=account, why="asked", note=question)
        tell(dispute, "dispute_question")


def decide(
    dispute: Dispute,
    *,
    outcome: str,
    answer: str,
    evidence: Mapping[str, str],
    by: Account | None,
    right_carrier: str = "",
) -> None:
    """The carrier answers: a finding about the record, in words, and the evidence it rests on (``findings``).

    MISROUTED is no answer for the citizen: it goes on to ``right_carrier`` (a code), or a person at the portal looks,
    and the clock runs on. Raises EvidenceMissing.
    """
    findings.require(outcome, answer=answer, evidence=evidence, by_clerk=by is not None)
    account = by.pk if by else None
    with transaction.atomic():
        dispute = locked(dispute.pk)
        if not dispute.can_answer:
            raise MoveRefused("it is not theirs to answer any more")
        if outcome == Outcome.MISROUTED:
            routing.misrouted(dispute, named=right_carrier, words=answer, actor=StepActor.CARRIER, account=account)
            return
        why = f"decided_{outcome.lower()}"
        move(
            dispute,
            State.DECIDED,
            actor=StepActor.CARRIER,
            account=account,
            why=why,
            note=answer,
            rests_on=evidence,
        )
        findings.settle(dispute, outcome=outcome, decided_by=DecidedBy.CARRIER, answer=answer, evidence=evidence)
        tell(dispute, "dispute_answered")


def answer_late(
    dispute: Dispute, *, outcome: str, answer: str, evidence: Mapping[str, str], by: Account | None
) -> None:
    """The carrier answers after its time: the regulator decides, and reads this first. Raises EvidenceMissing."""
    findings.require(outcome, answer=answer, evidence=evidence, by_clerk=by is not None)
    with transaction.atomic():
        dispute = locked(dispute.pk)
        if not dispute.can_answer_late:
            raise MoveRefused("nobody waits for their answer any more")
        leave_late_answer(dispute, outcome=outcome, answer=answer, evidence=evidence, account=by.pk if by else None)


def leave_late_answer(
    dispute: Dispute, *, outcome: str, answer: str, evidence: Mapping[str, str], account: uuid.UUID | None = None
) -> None:
    """A step that changes nothing: what came too late is kept where everybody reads it. The dispute is locked."""
    leave_step(
        dispute,
        before=dispute.state,
        actor=StepActor.CARRIER,
        account=account,
        why=f"late_{outcome.lower()}",
        note=answer,
        rests_on=evidence,
    )


def rule(
    dispute: Dispute, *, outcome: str, answer: str, evidence: Mapping[str, str], by: Account, order: str = ""
) -> None:
    """The regulator decides, and orders the carrier to correct its records where they are wrong.

    ``order`` is what is to be corrected, in the officer's words; a removal is ordered with or without them. Raises
    EvidenceMissing.
    """
    findings.require(outcome, answer=answer, evidence=evidence, by_clerk=False)
    with transaction.atomic():
        dispute = locked(dispute.pk)
        if not dispute.can_rule:
            raise MoveRefused("it is not before the regulator")
        why = f"decided_{outcome.lower()}"
        actor = StepActor.REGULATOR
        move(dispute, State.DECIDED, actor=actor, account=by.pk, why=why, note=answer, rests_on=evidence)
        findings.settle(dispute, outcome=outcome, decided_by=DecidedBy.REGULATOR, answer=answer, evidence=evidence)
        text = f"Decision of the regulator: {outcome}. {answer}"
        ordered = findings.order_of(dispute, outcome, order)
        if ordered:
            leave_step(dispute, before=dispute.state, actor=actor, account=by.pk, why="ordered", note=order)
            text = f"{text}\n\nOrder: {ordered}"
        handovers.append(dispute, kind=ORDER if ordered else NOTE, payload={"text": text})
        tell(dispute, "dispute_ruled")


def registrations_needed() -> "QuerySet[Dispute, uuid.UUID]":
    """The registrations that open disputes are about: they stay, whatever their age."""
    return Dispute.objects.open().values_list("registration_id", flat=True)


def mine(dispute: Dispute, account: Account) -> Dispute:
    """Their own dispute, locked. Raises NotYours."""
    if dispute.subject not in account.subjects():
        raise NotYours
    return locked(dispute.pk)


def _frozen(registration: Registration) -> dict[str, str]:
    return {
        "number": registration.number,
        "service": registration.service,
        "plan": registration.plan,
        "activated_on": registration.activated_on.isoformat(),
        "channel": registration.channel,
        "outlet_district": registration.outlet_district,
        "identity_check": registration.identity_check,
    }


def _record(dispute: Dispute, action: str, account: Account) -> None:
    audit.record(
        [dispute.subject], action=action, actor_kind=ActorKind.CITIZEN, actor=account.pk, about=dispute.reference
    )


def tell(dispute: Dispute, kind: str) -> None:
    """One notice about this dispute to its citizen."""
    account = Account.objects.get(pk=dispute.account)
    due = working_days.last_day(dispute.answer_by, rules.get(dispute.rules["jurisdiction"]))
    notices.tell(
        account.pk,
        kind=kind,
        context={
            "reference": dispute.reference,
            "carrier": dispute.carrier.name,
            "registered_with": dispute.registered_with.name,
            "answer_by": due.isoformat(),
            "base_url": settings.PORTAL_BASE_URL,
        },
        language=account.language,
        address=account.email,
    )
