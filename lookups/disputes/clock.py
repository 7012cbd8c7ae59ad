"""A dispute's clock: when it stands still, for how long, and when its carrier is reminded.

It stands still while the carrier waits for the citizen (NEEDS_INFORMATION). Each working day of that moves the due day
by one, up to the jurisdiction's limit for all questions together (``Standstill``): then time runs again, the question
stays open, and the carrier answers with what it has. Reminders come when half and four fifths of the working days are
over, counted back from the due day, so that they move with it. ``moves.move`` asks ``changes`` at each move: nobody can
forget to stop or start it.
"""

import datetime
from typing import Any

from lookups.disputes import states
from lookups.disputes.models import Dispute
from lookups.jurisdictions import rules, working_days
from lookups.jurisdictions.model import Jurisdiction

REMINDERS = (50, 80)  # percent of the working days


def changes(dispute: Dispute, *, before: str, after: str, now: datetime.datetime) -> dict[str, Any]:
    """What a move does to the clock: columns of the dispute and their new values."""
    columns: dict[str, Any] = {}
    if after in states.STOPPED:
        columns = _stopped(dispute, now)
    elif dispute.stopped_at:
        columns = started(dispute, now)
    if after in states.WORKED_ON and before not in states.WORKED_ON:
        # From now on the carrier can do something about it, whoever or whatever brought it there.
        answer_by = columns.get("answer_by", dispute.answer_by)
        columns["remind_at"] = next_reminder(dispute, answer_by, after=now)
    return columns


def _stopped(dispute: Dispute, now: datetime.datetime) -> dict[str, Any]:
    """It stands still from now on, unless it has stood still for as long as it may."""
    left = standstill_left(dispute)
    if not left:
        return {}
    return {"stopped_at": now, "stopped_until": working_days.due_at(now, left, country_of(dispute))}


def started(dispute: Dispute, now: datetime.datetime) -> dict[str, Any]:
    """It runs again: the due day moves by the working days for which it stood still."""
    country = country_of(dispute)
    stopped_at = dispute.stopped_at or now
    days = working_days.between(
        working_days.local_day(stopped_at, country), working_days.local_day(now, country), country
    )
    # Whoever notices the end of the standstill late does not make it longer.
    days = min(days, standstill_left(dispute))
    last_moment = dispute.answer_by - datetime.timedelta(seconds=1)
    return {
        "stopped_at": None,
        "stopped_until": None,
        "stood_still": dispute.stood_still + days,
        "answer_by": working_days.due_at(last_moment, days, country) if days else dispute.answer_by,
    }


def standstill_left(dispute: Dispute) -> int:
    """For how many working days it may still stand still."""
    return max(0, standstill_days(dispute) - dispute.stood_still)


def standstill_days(dispute: Dispute) -> int:
    """The limit for all questions together; of disputes from before there was one, today's."""
    return int(dispute.rules.get("standstill_days", country_of(dispute).standstill.days))


def next_reminder(
    dispute: Dispute, answer_by: datetime.datetime, *, after: datetime.datetime
) -> datetime.datetime | None:
    """When the carrier is reminded next; None where nothing is left to remind it of."""
    return min((moment for moment in reminders(dispute, answer_by).values() if moment > after), default=None)


def reminders(dispute: Dispute, answer_by: datetime.datetime) -> dict[int, datetime.datetime]:
    """The moment of each reminder, by the share of the time (percent) that is over then."""
    days = dispute.rules["answer_days"]
    return {
        share: working_days.with_days_left(answer_by, days * (100 - share) / 100, country_of(dispute))
        for share in REMINDERS
    }


def days_left_when_stopped(dispute: Dispute) -> int:
    """Working days that the carrier still has once the clock runs again."""
    country = country_of(dispute)
    stopped_on = working_days.local_day(dispute.stopped_at or dispute.answer_by, country)
    return working_days.between(stopped_on, working_days.last_day(dispute.answer_by, country), country)


def country_of(dispute: Dispute) -> Jurisdiction:
    """The country whose rules were frozen at filing."""
    return rules.get(dispute.rules["jurisdiction"])
