"""The table of moves: closed, without dead ends, and the only way a state changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookups.disputes import states
from lookups.disputes.models import Dispute
from lookups.disputes.moves import MoveRefused, locked, move
from lookups.disputes.states import MOVES, OPEN, OVER, State
from lookups.identity.models import Account
from lookups.registry.models import Registration


def test_every_state_is_open_or_over() -> None:
    assert set(State) == OPEN | OVER == set(MOVES)
    assert not OPEN & OVER


def test_what_is_over_stays_so_unless_a_record_is_there_again() -> None:
    assert {state: MOVES[state] for state in OVER if MOVES[state]} == {State.CLOSED: {State.REOPENED}}


@pytest.mark.parametrize("start", sorted(OPEN))
def test_every_open_state_has_a_way_to_an_end(start: State) -> None:
    reached, frontier = {start}, {start}
    while frontier:
        frontier = {after for state in frontier for after in MOVES[state]} - reached
        reached |= frontier
    assert reached & OVER


@pytest.mark.parametrize("state", sorted(states.AT_CARRIER))
def test_from_wherever_the_carrier_is_the_deadline_and_the_citizen_have_a_way(state: State) -> None:
    assert {State.ESCALATED, State.WITHDRAWN, State.DECIDED} <= MOVES[state]


@pytest.mark.django_db
@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("after", list(State))
def test_a_move_that_the_table_does_not_allow_is_refused(
    wei: Account, weis_line: Registration, file, before: State, after: State
) -> None:
    dispute = file(weis_line, wei)
    Dispute.objects.update(state=before)
    if after in MOVES[before]:
        move(locked(dispute.pk), after, actor="portal")
        assert Dispute.objects.get().state == after
        assert dispute.steps.last().after == after
    else:
        with pytest.raises(MoveRefused):
            move(locked(dispute.pk), after, actor="portal")
        assert Dispute.objects.get().state == before
        assert dispute.steps.count() == 1


@given(st.lists(st.sampled_from(list(State)), max_size=30))
def test_no_walk_through_the_table_leaves_it(wishes: list[State]) -> None:
    state = State.WAITING
    for wish in wishes:
        if states.allowed(state, wish):
            state = wish
    assert state in OVER or MOVES[state]
