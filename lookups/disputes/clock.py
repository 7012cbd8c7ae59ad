"""A dispute's clock: when it stands still, and when its carrier is reminded.

It stands still while the carrier waits for the citizen (NEEDS_INFORMATION). Each working day of that moves the due day
by one. Reminders come when half and four fifths of the working days are over, counted back from the due day, so that
they move with it. ``moves.move`` asks ``changes`` at each move: nobody can forget to stop or start it.
"""

import datetime
from typing import Any

from lookups.disputes import states
from lookups.disputes.models import Dispute
from lookups.disputes.states import State
from lookups.jurisdictions import rules, working_days
from lookups.jurisdictions.model import Jurisdiction

REMINDERS = (50, 80)  # percent of the working days


def changes(dispute: Dispute, *, before: str, after: str, now: datetime.datetime) -> dict[str, Any]:
    """What a move does to the clock: columns of the dispute and their new values."""
    columns: dict[str, Any] = {}
    answer_by = dispute.answer_by
    if after == State.NEEDS_INFORMATION:
        columns = {"stopped_at": now}
    elif dispute.stopped_at:
        answer_by = _moved(dispute, dispute.stopped_at, now)
        columns = {"stopped_at": None, "answer_by": answer_by}
    if after in states.WORKED_ON and before not in states.WORKED_ON:
        # From now on the carrier can do something about it, whoever or whatever brought it there.
        columns["remind_at"] = next_reminder(dispute, answer_by, after=now)
    return columns


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


def _moved(dispute: Dispute, stopped_at: datetime.datetime, now: datetime.datetime) -> datetime.datetime:
    """The end of the due day after the clock stood still from ``stopped_at`` until ``now``."""
    country = country_of(dispute)
    days = working_days.between(
        working_days.local_day(stopped_at, country), working_days.local_day(now, country), country
    )
    last_moment = dispute.answer_by - datetime.timedelta(seconds=1)
    return working_days.due_at(last_moment, days, country) if days else dispute.answer_by
