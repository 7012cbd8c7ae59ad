"""A question to the citizen stops the carrier's clock, but not for ever: then time runs again, and it stays open."""

import datetime
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from lookups.disputes import clock, services, tasks, timeline
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.notices.models import Notice
from lookups.registry.models import Registration
from tests.cast import sign_in
from tests.disputes.conftest import handed_over
from tests.disputes.test_clock import at, fresh
from tests.overview.pages import words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(at(2), tick=False) as traveller:
        yield traveller


@pytest.fixture
def asked(
    now: time_machine.Traveller, wei: Account, ning: Account, weis_line: Registration, file: Callable[..., Dispute]
) -> Dispute:
    """Filed on Monday the 2nd of November 2026, due on Monday the 9th; asked on Tuesday the 3rd."""
    dispute = handed_over(file(weis_line, wei))
    now.move_to(at(3))
    services.ask(dispute, by=ning, question="When did you lose the card?")
    return fresh(dispute)


def test_how_long_it_may_stand_still_is_said_with_whose_rule_that_is(
    asked: Dispute, wei: Account, ning: Account
) -> None:
    assert asked.stopped_until == at(18, 0), "the tenth working day is Tuesday the 17th"
    page = words(sign_in(Client(), wei).get(asked.get_absolute_url()))
    assert "at the latest after Tuesday 17 November 2026" in page
    assert "stands still for 10 working days at most (the portal's own limit)" in page
    console = words(sign_in(Client(), ning).get(f"/console/disputes/dispute/{asked.pk}/change/"))
    assert "until the end of Tuesday 17 November 2026" in console
    assert "10 working days at most (the portal's own limit)" in console


def test_then_time_runs_again_by_itself_and_everybody_is_told(asked: Dispute, now: time_machine.Traveller) -> None:
    now.move_to(at(17, 23, 59))
    tasks.escalate_late()
    assert fresh(asked).is_stopped
    now.move_to(at(18, 0))
    tasks.escalate_late()
    known = fresh(asked)
    assert (known.state, known.stopped_at, known.stopped_until) == (State.NEEDS_INFORMATION, None, None)
    assert (known.answer_by, known.stood_still) == (at(24, 0), 10)
    note = HandoverMessage.objects.get(kind="note").payload["text"]
    assert "answer with what you have by the end of 2026-11-23" in note
    assert Notice.objects.filter(kind="dispute_unanswered").count() == 1
    assert "Their question is still open, and their time runs again" in [one.title for one in timeline.of(known)]
    tasks.escalate_late()
    assert fresh(asked).steps.filter(why="unanswered").count() == 1


def test_an_outage_of_ours_gives_the_carrier_no_more_time(asked: Dispute, now: time_machine.Traveller) -> None:
    now.move_to(at(20))
    tasks.escalate_late()
    assert fresh(asked).answer_by == at(24, 0)


def test_the_question_can_still_be_answered(asked: Dispute, wei: Account, now: time_machine.Traveller) -> None:
    now.move_to(at(18))
    tasks.escalate_late()
    assert fresh(asked).can_reply
    services.reply(fresh(asked), account=wei, text="In October.")
    assert (fresh(asked).state, fresh(asked).answer_by) == (State.IN_REVIEW, at(24, 0))


def test_a_second_question_does_not_stop_it_again(
    asked: Dispute, wei: Account, ning: Account, now: time_machine.Traveller
) -> None:
    now.move_to(at(18))
    tasks.escalate_late()
    services.reply(fresh(asked), account=wei, text="In October.")
    services.ask(fresh(asked), by=ning, question="Where?")
    known = fresh(asked)
    assert (known.state, known.stopped_at) == (State.NEEDS_INFORMATION, None)
    assert clock.standstill_left(known) == 0


def test_two_questions_share_the_time(asked: Dispute, wei: Account, ning: Account, now: time_machine.Traveller) -> None:
    now.move_to(at(10))  # five working days
    services.reply(fresh(asked), account=wei, text="In October.")
    services.ask(fresh(asked), by=ning, question="Where?")
    assert fresh(asked).stopped_until == at(18, 0)
    now.move_to(at(30))
    tasks.escalate_late()
    assert (fresh(asked).stood_still, fresh(asked).answer_by) == (10, at(24, 0))


def test_whoever_only_asks_and_never_answers_is_late(
    asked: Dispute, now: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where silence decides: the carrier has not been silent, so the regulator looks."""
    Dispute.objects.update(rules=asked.rules | {"silence_decides": "the Silence Act"})
    now.move_to(at(18))
    tasks.escalate_late()
    reminded = clock.reminders(fresh(asked), at(24, 0))
    now.move_to(max(reminded.values()) + datetime.timedelta(hours=1))
    tasks.escalate_late()
    assert fresh(asked).steps.filter(why="reminded").count() == 1
    now.move_to(at(24, 0))
    tasks.escalate_late()
    assert (fresh(asked).state, fresh(asked).outcome) == (State.ESCALATED, "")


def test_a_country_may_have_a_limit_of_its_own(asked: Dispute) -> None:
    asked.rules = asked.rules | {"standstill_days": 3, "standstill_source": "the Gazette, 2026"}
    assert clock.standstill_left(asked) == 3
    Dispute.objects.filter(pk=asked.pk).update(rules=asked.rules)
    assert "3 working days at most (the Gazette, 2026)" in words(
        sign_in(Client(), Account.objects.get(pk=asked.account)).get(asked.get_absolute_url())
    )
