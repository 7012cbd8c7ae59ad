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
from lookups.carriers.models import Carrier
from lookups.carriers.transports.contract import EVIDENCE
from lookups.disputes import handovers, references
from lookups.disputes.models import Attachment, DecidedBy, Dispute, Evidence, Outcome, StepActor
from lookups.disputes.moves import MoveRefused, leave_step, locked, move
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.jurisdictions import rules, working_days
from lookups.notices import services as notices
from lookups.registry import retention
from lookups.registry.models import Registration

MAX_STATEMENT = 4000
# What may end in a line being cut: somebody uses it, and it may be the very person who complains.
REMOVALS = frozenset({Outcome.REMOVED, Outcome.REMOVED_FRAUD})
# After these the record is no longer under this person, and the carrier's feeds have to show it.
GONE = REMOVALS | {Outcome.TRANSFERRED}


class NotYours(Exception):
    """The registration or dispute belongs to somebody else, or does not exist: the same to whoever asks."""


class AlreadyOpen(Exception):
    """There is an open dispute about this number already. ``dispute`` is that one."""

    def __init__(self, dispute: Dispute | None) -> None:
        self.dispute = dispute
        super().__init__("a dispute about this registration is open already")


class EvidenceMissing(Exception):
    """An outcome without what it has to rest on."""


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
        dispute = _mine(dispute, account)
        nothing_to_recall = dispute.asks_family
        if not dispute.can_cancel or not (nothing_to_recall or handovers.recall(dispute)):
            raise MoveRefused("it is on its way to the carrier")
        move(dispute, State.CANCELLED, actor=StepActor.CITIZEN, account=account.pk, why="cancelled")
        tell(dispute, "dispute_withdrawn")


def send_now(dispute: Dispute, *, account: Account) -> None:
    """End the undo window at once."""
    with transaction.atomic():
        dispute = _mine(dispute, account)
        if not dispute.can_send_now:
            raise MoveRefused("the time to take it back is over already")
        Dispute.objects.filter(pk=dispute.pk).update(send_after=timezone.now())
        handovers.hurry(dispute)


def go_on(dispute: Dispute, *, account: Account) -> None:
    """The family was asked, and it is none of theirs: the dispute begins now, with all its times."""
    with transaction.atomic():
        dispute = _mine(dispute, account)
        move(dispute, State.WAITING, actor=StepActor.CITIZEN, account=account.pk, why="family_asked")
        now = timezone.now()
        country = rules.get(dispute.rules["jurisdiction"])
        dispute.filed_at, dispute.send_after = now, now + undo_window()
        dispute.answer_by = working_days.due_at(now, dispute.rules["answer_days"], country)
        dispute.save(update_fields=["filed_at", "send_after", "answer_by"])
        handovers.open_at(dispute, dispute.carrier, wait=undo_window())
        tell(dispute, "dispute_filed")


def end_family_waits(now: datetime.datetime) -> int:
    """Drop what waits for a family for too long; nothing is sent. Returns how many."""
    over = Dispute.objects.asking_family().filter(send_after__lte=now).values_list("pk", flat=True)
    ended = 0
    for dispute_id in list(over):
        with transaction.atomic():
            dispute = locked(dispute_id)
            if dispute.asks_family and dispute.send_after <= now:
                move(dispute, State.CANCELLED, actor=StepActor.PORTAL, why="family_silent")
                tell(dispute, "dispute_family_over")
                ended += 1
    return ended


def withdraw(dispute: Dispute, *, account: Account) -> None:
    """Give up a dispute that the carrier has, or is about to get. The carrier is told."""
    with transaction.atomic():
        dispute = _mine(dispute, account)
        if not dispute.can_withdraw:
            raise MoveRefused("it cannot be withdrawn any more")
        move(dispute, State.WITHDRAWN, actor=StepActor.CITIZEN, account=account.pk, why="withdrawn")
        if not handovers.give_up_sending(dispute):
            handovers.append(dispute, kind="withdraw", payload={"text": ""})
        tell(dispute, "dispute_withdrawn")


def reply(dispute: Dispute, *, account: Account, text: str) -> None:
    """Answer the carrier's question; it goes on with its work."""
    with transaction.atomic():
        dispute = _mine(dispute, account)
        if not dispute.can_reply:
            raise MoveRefused("there is no open question")
        move(dispute, State.IN_REVIEW, actor=StepActor.CITIZEN, account=account.pk, why="replied", note=text)
        handovers.append(dispute, kind="note", payload={"text": text})


def add_evidence(dispute: Dispute, *, account: Account, evidence: Evidence) -> None:
    """One more file, after filing; the carrier is told where it has the ticket."""
    with transaction.atomic():
        dispute = _mine(dispute, account)
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
        dispute = _mine(dispute, account)
        move(dispute, State.CLOSED, actor=StepActor.CITIZEN, account=account.pk, why="accepted")
        handovers.append(dispute, kind="close", payload={"text": ""})


def appeal(dispute: Dispute, *, account: Account, text: str) -> None:
    """Take the carrier's answer to the regulator, with one's reasons. Once."""
    with transaction.atomic():
        dispute = _mine(dispute, account)
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
    decided_by: str = DecidedBy.CARRIER,
) -> None:
    """Answer a dispute: a finding about the record, in words, and for CONFIRMED the evidence it rests on.

    MISROUTED is no answer for the citizen: a person at the portal looks for the right carrier, and the clock runs on.
    Raises EvidenceMissing.
    """
    if outcome == Outcome.CONFIRMED and not any(evidence.values()):
        raise EvidenceMissing("CONFIRMED needs the registration it rests on: when, where, which identity check")
    if by and outcome in REMOVALS and not evidence.get("reverification"):
        raise EvidenceMissing("removing needs a note of how the user of the line was verified anew")
    if not answer.strip():
        raise EvidenceMissing("an answer needs its reason in words")
    actor = StepActor.REGULATOR if decided_by == DecidedBy.REGULATOR else StepActor.CARRIER
    account = by.pk if by else None
    with transaction.atomic():
        dispute = locked(dispute.pk)
        if not (dispute.can_rule if decided_by == DecidedBy.REGULATOR else dispute.can_answer):
            raise MoveRefused("it is not theirs to answer")
        if outcome == Outcome.MISROUTED:
            move(dispute, State.PERSON_NEEDED, actor=actor, account=account, why="misrouted", note=answer)
            return
        move(dispute, State.DECIDED, actor=actor, account=account, why=f"decided_{outcome.lower()}", note=answer)
        settle(dispute, outcome=outcome, decided_by=decided_by, answer=answer, evidence=evidence)
        if decided_by == DecidedBy.REGULATOR:
            handovers.append(dispute, kind="note", payload={"text": f"Decision of the regulator: {outcome}. {answer}"})
            tell(dispute, "dispute_ruled")
        else:
            tell(dispute, "dispute_answered")


def settle(
    dispute: Dispute, *, outcome: str, decided_by: str, answer: str | None, evidence: Mapping[str, str] | None
) -> None:
    """Write down what was found about a dispute that has just moved to DECIDED."""
    dispute.outcome, dispute.decided_by, dispute.decided_at = outcome, decided_by, timezone.now()
    dispute.answer, dispute.evidence = answer, dict(evidence) if evidence is not None else None
    dispute.gone_by, dispute.gone_as_of = _gone_by(dispute, outcome), None
    decided = ["outcome", "decided_by", "decided_at", "answer", "evidence", "gone_by", "gone_as_of"]
    dispute.save(update_fields=decided)


def _gone_by(dispute: Dispute, outcome: str) -> datetime.datetime | None:
    """Until when the record has to be gone from the carrier's feeds, where the answer says that it is removed."""
    if outcome not in GONE:
        return None
    country = rules.get(dispute.rules["jurisdiction"])
    return working_days.due_at(timezone.now(), dispute.rules.get("removal_days", country.removal.days), country)


def hand_over_again(dispute: Dispute, *, carrier: Carrier, by: Account) -> None:
    """A person at the portal sends a dispute that got stuck to this carrier: the right one, or the same once more."""
    with transaction.atomic():
        dispute = locked(dispute.pk)
        if not dispute.can_route:
            raise MoveRefused("no person is needed here any more")
        handovers.give_up_sending(dispute)
        Dispute.objects.filter(pk=dispute.pk).update(carrier=carrier.answered_by)
        dispute.carrier = carrier.answered_by
        leave_step(dispute, before=dispute.state, actor=StepActor.PORTAL, account=by.pk, why="routed")
        handovers.open_at(dispute, dispute.carrier, wait=datetime.timedelta(0))


def registrations_needed() -> "QuerySet[Dispute, uuid.UUID]":
    """The registrations that open disputes are about: they stay, whatever their age."""
    return Dispute.objects.open().values_list("registration_id", flat=True)


def _mine(dispute: Dispute, account: Account) -> Dispute:
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
