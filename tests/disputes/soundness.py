"""What holds for all disputes at any moment. One query for them and their steps, since it is asked after every act."""

import itertools
from collections import Counter

from django.utils import timezone

from lookups.disputes import clock, findings, states
from lookups.disputes.models import Dispute, Outcome
from lookups.disputes.states import MOVES, State
from lookups.jurisdictions import rules, working_days
from lookups.overview import figures


def check(*, filed: int) -> None:
    """Raises AssertionError where something does not hold. ``filed``: how many there have to be."""
    disputes = list(Dispute.objects.prefetch_related("steps"))
    for dispute in disputes:
        _every_move_left_a_step(dispute)
        _nobody_is_left_without_a_way_out(dispute)
        _no_deadline_is_lost(dispute)
        _an_answer_is_whole(dispute)
    _one_open_dispute_a_registration(disputes)
    _totals_agree(disputes, filed)


def _every_move_left_a_step(dispute: Dispute) -> None:
    steps = sorted(dispute.steps.all(), key=lambda step: step.position)
    assert [step.position for step in steps] == list(range(1, len(steps) + 1))
    assert (steps[0].before, steps[0].after) == ("", State.WAITING)
    for earlier, later in itertools.pairwise(steps):
        assert later.before == earlier.after
        assert later.after == later.before or later.after in MOVES[State(later.before)]
        assert later.at >= earlier.at
    assert steps[-1].after == dispute.state


def _nobody_is_left_without_a_way_out(dispute: Dispute) -> None:
    ways = ("can_cancel", "can_withdraw", "can_accept", "can_rule")
    assert not dispute.is_open or any(getattr(dispute, way) for way in ways)
    assert not dispute.is_at_carrier or (dispute.can_answer and dispute.can_withdraw)
    assert dispute.named_carrier_id is None or dispute.can_route


def _no_deadline_is_lost(dispute: Dispute) -> None:
    country = rules.get(dispute.rules["jurisdiction"])
    due_day = working_days.last_day(dispute.answer_by, country)
    assert working_days.is_working_day(due_day, country)
    began = working_days.local_day(dispute.running_since, country)
    assert working_days.between(began, due_day, country) >= dispute.rules["answer_days"], "it was made shorter"
    most = clock.standstill_days(dispute)
    assert working_days.between(began, due_day, country) <= dispute.rules["answer_days"] + most, (
        "it was put off for ever"
    )
    assert dispute.stood_still <= most
    assert dispute.is_stopped == (dispute.stopped_until is not None)
    if dispute.is_stopped:
        assert dispute.state in states.STOPPED
        assert working_days.is_working_day(working_days.last_day(dispute.stopped_until, country), country)
    elif dispute.state in states.STOPPED:
        assert dispute.stood_still == most, "it runs while the citizen is asked"
    assert dispute.state != State.HANDED_OVER or dispute.acknowledge_by is not None
    if dispute.can_be_reminded and dispute.remind_at is None:
        assert clock.next_reminder(dispute, dispute.answer_by, after=timezone.now()) is None, "nobody will be reminded"


def _an_answer_is_whole(dispute: Dispute) -> None:
    parts = {bool(dispute.outcome), bool(dispute.decided_by), dispute.decided_at is not None}
    assert len(parts) == 1
    if dispute.is_decided:
        assert dispute.state in states.ANSWERED | {State.ESCALATED, State.WITHDRAWN}
        assert dispute.outcome != Outcome.CONFIRMED or not findings.missing_of(dispute.evidence or {})
    else:
        assert dispute.state not in states.ANSWERED
    assert dispute.gone_by is None or dispute.outcome in findings.GONE


def _one_open_dispute_a_registration(disputes: list[Dispute]) -> None:
    open_ones = Counter(dispute.registration_id for dispute in disputes if dispute.is_open)
    assert max(open_ones.values(), default=0) <= 1


def _totals_agree(disputes: list[Dispute], filed: int) -> None:
    """The public counts (with their floor taken away), the states, and what was really filed."""
    assert len(disputes) == filed
    reached = sum(dispute.state not in figures.NEVER_SENT for dispute in disputes)
    rows = figures.by_carrier()
    assert sum(_number(row.filed) for row in rows) == reached
    assert sum(_number(count) for _reason, count in figures.by_reason()) == reached
    assert sum(_number(count) for _found, count in figures.by_outcome()) == sum(one.is_decided for one in disputes)
    assert sum(_number(row.answered) for row in rows) == sum(one.decided_by == "carrier" for one in disputes)


def _number(told: str) -> int:
    return int(told.replace(",", ""))
