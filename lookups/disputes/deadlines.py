"""What the clock does by itself: start it again, remind a carrier, and take what it left unanswered further.

An overdue dispute goes to the regulator. Where the law says that silence decides, and the carrier had the ticket, the
finding is the citizen's: the record is to come off their ID. A line is cut only after its user was verified anew (S22).
"""

import datetime

from lookups.carriers.transports.contract import NOTE
from lookups.disputes import clock, findings, handovers, services, states
from lookups.disputes.models import DecidedBy, Dispute, Outcome, StepActor
from lookups.disputes.moves import each, leave_step, move
from lookups.disputes.states import State
from lookups.jurisdictions import working_days


def start_again(now: datetime.datetime) -> int:
    """Start the clocks that stood still for as long as they may: the citizen did not answer. Returns how many."""
    return each(Dispute.objects.filter(stopped_until__lte=now), lambda dispute: _start_again(dispute, now))


def expire(now: datetime.datetime) -> int:
    """Take every dispute whose answer is overdue further. Returns how many."""
    return each(Dispute.objects.running().filter(answer_by__lte=now), lambda dispute: _expire(dispute, now))


def remind(now: datetime.datetime) -> int:
    """Remind the carriers of what they have used up half, or four fifths, of the time for. Returns how many."""
    return each(Dispute.objects.to_remind().filter(remind_at__lte=now), lambda dispute: _remind(dispute, now))


def _start_again(dispute: Dispute, now: datetime.datetime) -> bool:
    """The question stays open, and can still be answered."""
    if dispute.stopped_until is None or dispute.stopped_until > now:
        return False
    columns = clock.started(dispute, now)
    columns["remind_at"] = clock.next_reminder(dispute, columns["answer_by"], after=now)
    for name, value in columns.items():
        setattr(dispute, name, value)
    Dispute.objects.filter(pk=dispute.pk).update(**columns)
    leave_step(dispute, before=dispute.state, actor=StepActor.PORTAL, why="unanswered")
    text = (
        "The citizen has not answered your question in time, and your own time runs again: answer with what you have "
        f"by the end of {_due(dispute)}."
    )
    handovers.append(dispute, kind=NOTE, payload={"text": text})
    services.tell(dispute, "dispute_unanswered")
    return True


def _expire(dispute: Dispute, now: datetime.datetime) -> bool:
    if dispute.answer_by > now or dispute.is_stopped or not dispute.is_owed:
        return False
    if dispute.rules.get("silence_decides") and dispute.state in states.WORKED_ON:
        _decide_by_silence(dispute)
    else:
        move(dispute, State.ESCALATED, actor=StepActor.PORTAL, why="late")
        services.tell(dispute, "dispute_late")
    return True


def _decide_by_silence(dispute: Dispute) -> None:
    move(dispute, State.DECIDED, actor=StepActor.PORTAL, why="decided_removed")
    findings.settle(dispute, outcome=Outcome.REMOVED, decided_by=DecidedBy.SILENCE, answer=None, evidence=None)
    text = (
        f"No answer came in time, so by {dispute.rules['silence_decides']} the finding is {Outcome.REMOVED}: take the "
        "record off this person. Disconnect the line only after you have verified its user anew."
    )
    handovers.append(dispute, kind=NOTE, payload={"text": text})
    services.tell(dispute, "dispute_silence")


def _remind(dispute: Dispute, now: datetime.datetime) -> bool:
    if dispute.remind_at is None or dispute.remind_at > now or not dispute.can_be_reminded:
        return False
    over = [share for share, moment in clock.reminders(dispute, dispute.answer_by).items() if moment <= now]
    Dispute.objects.filter(pk=dispute.pk).update(remind_at=clock.next_reminder(dispute, dispute.answer_by, after=now))
    share = max(over, default=clock.REMINDERS[0])
    text = f"Reminder: {share} % of the time for an answer is over. It is due by the end of {_due(dispute)}."
    leave_step(dispute, before=dispute.state, actor=StepActor.PORTAL, why="reminded", note=str(share))
    handovers.append(dispute, kind=NOTE, payload={"text": text})
    return True


def _due(dispute: Dispute) -> str:
    return working_days.last_day(dispute.answer_by, clock.country_of(dispute)).isoformat()
