"""What the clock does by itself: remind a carrier, and take what it left unanswered further.

An overdue dispute goes to the regulator. Where the law says that silence decides, and the carrier had the ticket, the
finding is the citizen's: the record is to come off their ID. A line is cut only after its user was verified anew (S22).
"""

import datetime
import uuid
from collections.abc import Callable

import structlog
from django.db import transaction
from django.db.models import QuerySet

from lookups.carriers.transports.contract import NOTE
from lookups.disputes import clock, handovers, services, states
from lookups.disputes.models import DecidedBy, Dispute, Outcome, StepActor
from lookups.disputes.moves import leave_step, locked, move
from lookups.disputes.states import State
from lookups.jurisdictions import working_days

log = structlog.get_logger(__name__)


def expire(now: datetime.datetime) -> int:
    """Take every dispute whose answer is overdue further. Returns how many."""
    return _each(Dispute.objects.filter(answer_by__lte=now, state__in=states.RUNNING), _expire, now)


def remind(now: datetime.datetime) -> int:
    """Remind the carriers of what they have used up half, or four fifths, of the time for. Returns how many."""
    return _each(Dispute.objects.filter(remind_at__lte=now, state__in=states.WORKED_ON), _remind, now)


def _each(due: "QuerySet[Dispute]", act: Callable[[Dispute, datetime.datetime], bool], now: datetime.datetime) -> int:
    """``act`` on each of these, locked, in a transaction of its own."""
    return sum(_safely(dispute_id, act, now) for dispute_id in list(due.values_list("pk", flat=True)))


def _safely(dispute_id: uuid.UUID, act: Callable[[Dispute, datetime.datetime], bool], now: datetime.datetime) -> bool:
    """One dispute that cannot be read must not keep the others from the regulator."""
    try:
        with transaction.atomic():
            return act(locked(dispute_id), now)
    except Exception:
        log.exception("deadline_failed", dispute=str(dispute_id))
        return False


def _expire(dispute: Dispute, now: datetime.datetime) -> bool:
    if dispute.answer_by > now or dispute.state not in states.RUNNING:
        return False
    if dispute.rules.get("silence_decides") and dispute.state in states.WORKED_ON:
        _decide_by_silence(dispute)
    else:
        move(dispute, State.ESCALATED, actor=StepActor.PORTAL, why="late")
        services.tell(dispute, "dispute_late")
    return True


def _decide_by_silence(dispute: Dispute) -> None:
    move(dispute, State.DECIDED, actor=StepActor.PORTAL, why="decided_removed")
    services.settle(dispute, outcome=Outcome.REMOVED, decided_by=DecidedBy.SILENCE, answer=None, evidence=None)
    text = (
        f"No answer came in time, so by {dispute.rules['silence_decides']} the finding is {Outcome.REMOVED}: take the "
        "record off this person. Disconnect the line only after you have verified its user anew."
    )
    handovers.append(dispute, kind=NOTE, payload={"text": text})
    services.tell(dispute, "dispute_silence")


def _remind(dispute: Dispute, now: datetime.datetime) -> bool:
    if dispute.remind_at is None or dispute.remind_at > now or dispute.state not in states.WORKED_ON:
        return False
    over = [share for share, moment in clock.reminders(dispute, dispute.answer_by).items() if moment <= now]
    Dispute.objects.filter(pk=dispute.pk).update(remind_at=clock.next_reminder(dispute, dispute.answer_by, after=now))
    due = working_days.last_day(dispute.answer_by, clock.country_of(dispute))
    share = max(over, default=clock.REMINDERS[0])
    text = f"Reminder: {share} % of the time for an answer is over. It is due by the end of {due.isoformat()}."
    leave_step(dispute, before=dispute.state, actor=StepActor.PORTAL, why="reminded", note=str(share))
    handovers.append(dispute, kind=NOTE, payload={"text": text})
    return True
