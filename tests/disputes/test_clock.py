"""The clock of a dispute: seen by everybody alike, stopped by a question, and loud at half and four fifths."""

import datetime
import zoneinfo
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from lookups.disputes import clock, deadlines, services, timeline
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import sign_in
from tests.disputes.conftest import handed_over

pytestmark = pytest.mark.django_db(transaction=True)

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")


def at(day: int, hour: int = 9, minute: int = 0, *, month: int = 11) -> datetime.datetime:
    """A moment of 2026 in Shanghai; the 2nd of November is a Monday."""
    return datetime.datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(at(2), tick=False) as traveller:
        yield traveller


@pytest.fixture
def dispute(
    now: time_machine.Traveller, wei: Account, weis_line: Registration, file: Callable[..., Dispute]
) -> Dispute:
    """Filed on Monday the 2nd: five working days end with Monday the 9th."""
    made = handed_over(file(weis_line, wei))
    assert made.answer_by == at(10, 0)
    return made


def fresh(dispute: Dispute) -> Dispute:
    return Dispute.objects.get(pk=dispute.pk)


def notes() -> list[str]:
    return [message.payload["text"] for message in HandoverMessage.objects.filter(kind="note").order_by("position")]


# Reminders ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "moment"), [(50, at(5, 12)), (80, at(9, 0))], ids=["two and a half days of five", "four days of five"]
)
def test_when_reminders_are_due(dispute: Dispute, share: int, moment: datetime.datetime) -> None:
    assert clock.reminders(dispute, dispute.answer_by)[share] == moment


def test_the_carrier_is_reminded_twice_and_the_citizen_reads_it(dispute: Dispute, now: time_machine.Traveller) -> None:
    seen = []
    for moment in (at(5, 11, 59), at(5, 12), at(5, 12, 1), at(8, 23, 59), at(9, 0), at(9, 23)):
        now.move_to(moment)
        seen.append(deadlines.remind(moment))
    assert seen == [0, 1, 0, 0, 1, 0]
    assert notes() == [
        "Reminder: 50 % of the time for an answer is over. It is due by the end of 2026-11-09.",
        "Reminder: 80 % of the time for an answer is over. It is due by the end of 2026-11-09.",
    ]
    assert [step.note for step in dispute.steps.filter(why="reminded")] == ["50", "80"]
    told = [moment.text for moment in timeline.of(fresh(dispute)) if "reminded" in moment.title]
    assert told == ["50 percent of their time was over.", "80 percent of their time was over."]


def test_after_an_outage_one_reminder_is_enough(dispute: Dispute, now: time_machine.Traveller) -> None:
    now.move_to(at(9, 15))
    assert deadlines.remind(at(9, 15)) == 1
    assert deadlines.remind(at(9, 15)) == 0
    assert [step.note for step in dispute.steps.filter(why="reminded")] == ["80"]


@pytest.mark.parametrize(
    "state", [State.NEEDS_INFORMATION, State.PERSON_NEEDED, State.ESCALATED, State.DECIDED, State.WITHDRAWN]
)
def test_nobody_is_reminded_who_has_nothing_to_do(dispute: Dispute, now: time_machine.Traveller, state: str) -> None:
    Dispute.objects.update(state=state, stopped_at=at(2) if state == State.NEEDS_INFORMATION else None)
    now.move_to(at(9, 15))
    assert deadlines.remind(at(9, 15)) == 0
    assert notes() == []


def test_a_carrier_that_has_no_ticket_is_not_reminded(
    now: time_machine.Traveller, wei: Account, weis_line: Registration, file: Callable[..., Dispute]
) -> None:
    file(weis_line, wei)
    now.move_to(at(9, 15))
    assert deadlines.remind(at(9, 15)) == 0


def test_a_clerk_who_is_faster_than_the_new_ticket_is_reminded_too(
    dispute: Dispute, now: time_machine.Traveller, ning: Account
) -> None:
    """Open again, the ticket not delivered yet, and the clerk has seen it in the console."""
    Dispute.objects.update(state=State.REOPENED, remind_at=None)
    services.start_review(dispute, by=ning)
    assert fresh(dispute).remind_at == at(5, 12)


# Standing still -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "answered", "due"),
    [
        (at(3), at(3, 18), at(10, 0)),  # the same day: nothing was lost
        (at(3), at(4), at(11, 0)),  # one working day
        (at(6, 17), at(7, 10), at(10, 0)),  # Friday to Saturday: no working day
        (at(6, 17), at(9, 8), at(11, 0)),  # over the weekend: Monday
        (at(9, 23, 59), at(10, 0, 1), at(11, 0)),  # on the due day, over midnight: one day more
        (at(3), at(17), at(24, 0)),  # ten working days: as long as it may stand still
        (at(3), at(3, month=12), at(24, 0)),  # no longer, however late the answer comes
    ],
)
def test_a_question_moves_the_due_day_by_the_working_days_it_was_open(
    dispute: Dispute,
    now: time_machine.Traveller,
    wei: Account,
    ning: Account,
    asked: datetime.datetime,
    answered: datetime.datetime,
    due: datetime.datetime,
) -> None:
    now.move_to(asked)
    services.ask(dispute, by=ning, question="When did you lose the card?")
    assert fresh(dispute).stopped_at == asked
    assert deadlines.expire(answered) == 0
    now.move_to(answered)
    services.reply(fresh(dispute), account=wei, text="Never.")
    known = fresh(dispute)
    assert (known.answer_by, known.stopped_at) == (due, None)
    later = [one for one in clock.reminders(known, due).values() if one > answered]
    assert known.remind_at == min(later, default=None)


def test_a_question_over_a_holiday_costs_nobody_a_day(
    now: time_machine.Traveller, wei: Account, ning: Account, weis_line: Registration, file: Callable[..., Dispute]
) -> None:
    """National Day of 2026: off from Thursday 1 to Wednesday 7 October."""
    now.move_to(at(30, month=9))
    dispute = handed_over(file(weis_line, wei))
    services.ask(dispute, by=ning, question="When?")
    now.move_to(at(7, month=10))
    services.reply(fresh(dispute), account=wei, text="Never.")
    assert fresh(dispute).answer_by == dispute.answer_by


@pytest.mark.parametrize("way", ["the carrier goes on", "an answer"])
def test_whatever_ends_the_question_starts_the_clock(
    dispute: Dispute, now: time_machine.Traveller, ning: Account, way: str
) -> None:
    now.move_to(at(3))
    services.ask(dispute, by=ning, question="When?")
    now.move_to(at(4))
    if way == "an answer":
        services.decide(dispute, outcome="CANNOT_DETERMINE", answer="We cannot say.", evidence={}, by=ning)
    else:
        services.start_review(dispute, by=ning)
    assert (fresh(dispute).stopped_at, fresh(dispute).answer_by) == (None, at(11, 0))


# What everybody sees --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (at(2), "5 working days left"),
        (at(7), "1 working day left"),
        (at(9), "The answer is due today"),
        (at(10), "1 working day late"),
    ],
)
def test_citizen_clerk_and_officer_read_the_same(
    dispute: Dispute,
    now: time_machine.Traveller,
    wei: Account,
    ning: Account,
    olga: Account,
    moment: datetime.datetime,
    words: str,
) -> None:
    now.move_to(moment)
    for page in pages(dispute, wei, ning, olga):
        assert words in page


def test_all_of_them_see_that_it_stands_still(
    dispute: Dispute, now: time_machine.Traveller, wei: Account, ning: Account, olga: Account
) -> None:
    now.move_to(at(4))
    services.ask(dispute, by=ning, question="When did you lose the card?")
    now.move_to(at(23))
    for page in pages(dispute, wei, ning, olga):
        assert "The clock stands still: 3 working days left" in page
        assert "days late" not in page
    assert "waits for your answer" in pages(dispute, wei)[0]


def test_by_when_to_acknowledge_is_said_until_it_is_done(
    dispute: Dispute, wei: Account, ning: Account, olga: Account
) -> None:
    citizens, clerks, _officers = pages(dispute, wei, ning, olga)
    assert "confirm by Tuesday 3 November 2026" in citizens
    assert "Acknowledge by Tuesday 3 November 2026 (the portal&#x27;s own limit)" in clerks
    services.acknowledge(dispute, by=ning)
    for page in pages(dispute, wei, ning, olga):
        assert "confirm by" not in page
        assert "Acknowledge by" not in page


def test_whose_limit_it_is_stands_beside_it(dispute: Dispute, wei: Account, ning: Account, olga: Account) -> None:
    for page in pages(dispute, wei, ning, olga):
        assert "No law names a time limit here" in page
    Dispute.objects.update(rules=dispute.rules | {"in_law": True, "source": "the Gazette, 2026"})
    for page in pages(dispute, wei, ning, olga):
        assert "Source: the Gazette, 2026" in page


def pages(dispute: Dispute, *accounts: Account) -> list[str]:
    """The dispute as each of them sees it."""
    console = f"/console/disputes/dispute/{dispute.pk}/change/"
    read = []
    for account in accounts:
        answer = sign_in(Client(), account).get(dispute.get_absolute_url() if account.is_citizen else console)
        assert answer.status_code == 200
        read.append(answer.content.decode())
    return read
