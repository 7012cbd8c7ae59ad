"""What a carrier said it removed has to be gone from its feeds: real feeds, the sweeps as they run, the whole story."""

import datetime
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.disputes import deadlines, removals, services, tasks, wording
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.notices.models import Notice
from lookups.registry.models import FeedReading, Registration
from lookups.registry.tasks import tell_people
from tests.cast import REGISTRATION, make_registration, sign_in
from tests.overview.pages import words
from tests.registry.conftest import mei as meis
from tests.registry.conftest import row, take_in, var

__all__ = ["var"]

pytestmark = pytest.mark.django_db

WORDS = {"answer": "No contract was found.", "evidence": {"reverification": "Nobody could show that it is theirs."}}
Act = Callable[..., Dispute]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The application's clock, which the test moves."""
    with time_machine.travel(timezone.now(), tick=True) as clock:
        yield clock


def later(clock: time_machine.Traveller, days: int) -> None:
    clock.shift(datetime.timedelta(days=days))


@pytest.fixture
def answered(wei: Account, ning: Account, northern: Carrier, clock: object, file, deliver) -> Act:
    """Wei's line at Northern came with a feed; he disputed it, and Northern answered."""

    def answered(outcome: str = "REMOVED", *, accepted: bool = True) -> Dispute:
        take_in(northern, [row(), meis()])
        dispute = file(Registration.objects.get(subject=wei.subjects()[0]), wei)
        Dispute.objects.update(state=State.IN_REVIEW)
        services.decide(dispute, outcome=outcome, by=ning, **WORDS)
        if accepted:
            services.accept(dispute, account=wei)
        dispute.refresh_from_db()
        return dispute

    return answered


def whys(dispute: Dispute) -> list[str]:
    return list(dispute.steps.values_list("why", flat=True))


def fresh(dispute: Dispute) -> Dispute:
    return Dispute.objects.get(pk=dispute.pk)


def test_the_whole_story(
    wei: Account, ning: Account, northern: Carrier, clock: time_machine.Traveller, answered: Act
) -> None:
    """Removed and gone; back weeks later: open again by itself, with everybody told, and answered anew."""
    dispute = answered()
    browser = Client()
    assert "We check that it is really gone" in words(sign_in(browser, wei).get(dispute.get_absolute_url()))

    later(clock, 10)
    gone = take_in(northern, [meis()])
    tasks.check_removals()
    tell_people()
    dispute = fresh(dispute)
    assert (dispute.state, dispute.gone_as_of) == (State.CLOSED, gone.feed.as_of)
    page = words(sign_in(browser, wei).get(dispute.get_absolute_url()))
    assert "We checked: it is gone" in page
    assert f"did not list it any more on {gone.feed.as_of:%-d %B %Y}" in page

    later(clock, 30)
    back = take_in(northern, [row()], "delta")
    tasks.check_removals()
    tell_people()
    dispute = fresh(dispute)
    assert (dispute.state, dispute.outcome, dispute.answer, dispute.decided_at) == (State.REOPENED, "", None, None)
    assert dispute.answer_by > timezone.now()
    assert set(Notice.objects.values_list("kind", flat=True)) >= {"dispute_reopened", "number_registered"}
    assert Notice.objects.filter(kind="dispute_reopened", address__isnull=False, account=wei.pk).count() == 1
    page = words(sign_in(browser, wei).get(dispute.get_absolute_url()))
    assert f"The record was there again on {back.feed.as_of:%-d %B %Y}" in page
    assert "is still under your ID: Northern Telecom must answer again" in page
    assert "Removed from your ID. No contract was found." in page, "what they said before stays readable"

    ticket = HandoverMessage.objects.filter(kind="create").latest("created_at")
    assert ticket.handover.hop == 2
    answered_on = dispute.steps.get(why="decided_removed").at
    assert ticket.payload["statement"].startswith(f"Reopened. You answered REMOVED on {answered_on:%Y-%m-%d}.")
    assert datetime.datetime.fromisoformat(ticket.payload["answer_by"]) == dispute.answer_by
    shown = words(sign_in(Client(), ning).get(f"/console/disputes/dispute/{dispute.pk}/change/"))
    assert "open again: the feed lists it again" in shown

    services.decide(dispute, outcome="REMOVED_FRAUD", by=ning, **WORDS)
    later(clock, 10)
    take_in(northern, [meis()], as_of=timezone.now())
    tasks.check_removals()
    dispute = fresh(dispute)
    assert (dispute.state, dispute.outcome) == (State.DECIDED, "REMOVED_FRAUD")
    assert whys(dispute)[-2:] == ["decided_removed_fraud", "gone"]


@pytest.mark.parametrize("kind", ["snapshot", "delta"])
@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("outcome", ["REMOVED", "REMOVED_FRAUD", "TRANSFERRED"])
def test_what_is_still_there_opens_it_again(
    northern: Carrier, clock: time_machine.Traveller, answered: Act, kind: str, accepted: bool, outcome: str
) -> None:
    dispute = answered(outcome, accepted=accepted)
    later(clock, 10)
    take_in(northern, [row(), meis()] if kind == "snapshot" else [meis(plan="postpaid")], kind, as_of=timezone.now())
    tasks.check_removals()
    assert fresh(dispute).state == State.REOPENED
    assert whys(dispute)[-1] == "still_there"
    assert dispute.steps.last().note == f"{timezone.now():%Y-%m-%d}"


def test_inside_the_time_it_has_a_carrier_may_still_list_it(
    northern: Carrier, clock: time_machine.Traveller, answered: Act
) -> None:
    dispute = answered()
    take_in(northern, [row(), meis()], as_of=timezone.now())
    tasks.check_removals()
    assert fresh(dispute).awaits_proof
    later(clock, 10)
    tasks.check_removals()
    assert fresh(dispute).awaits_proof, "no feed since then: nothing is known"


@pytest.mark.parametrize("outcome", ["CONFIRMED", "CANNOT_DETERMINE"])
def test_what_was_not_removed_is_not_watched(
    northern: Carrier, clock: time_machine.Traveller, answered: Act, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WORDS, "evidence", REGISTRATION)
    dispute = answered(outcome)
    later(clock, 10)
    take_in(northern, [row(), meis()], as_of=timezone.now())
    tasks.check_removals()
    assert whys(dispute)[-1] == "accepted"


def test_each_finding_is_noted_once(northern: Carrier, clock: time_machine.Traveller, answered: Act) -> None:
    dispute = answered()
    later(clock, 10)
    take_in(northern, [meis()])
    for _ in range(3):
        tasks.check_removals()
    assert whys(dispute).count("gone") == 1
    take_in(northern, [row()], "delta")
    for _ in range(3):
        tasks.check_removals()
    assert whys(dispute).count("there_again") == 1
    assert dispute.handovers.count() == 2


def test_another_carriers_feed_proves_nothing(
    northern: Carrier, western: Carrier, clock: time_machine.Traveller, answered: Act
) -> None:
    dispute = answered()
    later(clock, 10)
    take_in(western, [meis()])
    take_in(western, [row()], "delta")
    tasks.check_removals()
    assert fresh(dispute).awaits_proof


def test_a_reseller_s_own_feeds_are_looked_at_and_its_host_is_asked(
    wei: Account, ning: Account, lotus: Carrier, northern: Carrier, clock: time_machine.Traveller, file
) -> None:
    take_in(lotus, [row(), meis()])
    dispute = file(Registration.objects.get(subject=wei.subjects()[0]), wei)
    Dispute.objects.update(state=State.IN_REVIEW)
    services.decide(dispute, outcome="REMOVED", by=ning, **WORDS)
    later(clock, 10)
    take_in(lotus, [row(), meis()], as_of=timezone.now())
    tasks.check_removals()
    assert fresh(dispute).state == State.REOPENED
    assert dispute.handovers.latest("hop").carrier == northern
    assert Notice.objects.get(kind="dispute_reopened").context["registered_with"] == "Lotus Mobile"


def test_a_newer_dispute_about_the_number_goes_on_alone(
    wei: Account, northern: Carrier, clock: time_machine.Traveller, answered: Act, file
) -> None:
    dispute = answered()
    newer = file(Registration.objects.get(subject=wei.subjects()[0]), wei)
    later(clock, 10)
    take_in(northern, [row(), meis()], as_of=timezone.now())
    tasks.check_removals()
    tasks.check_removals()
    assert (fresh(dispute).state, fresh(newer).state) == (State.CLOSED, State.WAITING)
    assert not Notice.objects.filter(kind="dispute_reopened").exists()
    assert not fresh(dispute).awaits_proof


def test_what_the_regulator_has_waits_for_the_regulator(
    wei: Account, northern: Carrier, clock: time_machine.Traveller, answered: Act
) -> None:
    dispute = answered(accepted=False)
    services.appeal(dispute, account=wei, text="It still rings.")
    later(clock, 10)
    take_in(northern, [row(), meis()], as_of=timezone.now())
    tasks.check_removals()
    assert fresh(dispute).state == State.ESCALATED


def test_a_record_that_is_forgotten_and_comes_back_opens_it_again(
    northern: Carrier, clock: time_machine.Traveller, answered: Act
) -> None:
    """The id of a registration follows from its key: after its row went, a new one is the same record."""
    dispute = answered()
    later(clock, 10)
    take_in(northern, [meis()])
    tasks.check_removals()
    later(clock, 1000)
    tasks.forget_ended_registrations()
    assert Registration.objects.filter(pk=dispute.registration_id).count() == 0
    take_in(northern, [row()], "delta")
    tasks.check_removals()
    assert whys(dispute)[-1] == "there_again"


def test_one_that_cannot_be_checked_does_not_keep_the_others(
    wei: Account, mei: Account, ning: Account, northern: Carrier, clock: time_machine.Traveller, answered: Act, file
) -> None:
    broken = answered()
    other = file(Registration.objects.get(subject=mei.subjects()[0]), mei)
    Dispute.objects.filter(pk=other.pk).update(state=State.IN_REVIEW)
    services.decide(other, outcome="REMOVED", by=ning, **WORDS)
    Dispute.objects.filter(pk=broken.pk).update(rules={})
    later(clock, 10)
    take_in(northern, [row(), meis()], as_of=timezone.now())
    tasks.check_removals()
    assert (fresh(broken).state, fresh(other).state) == (State.CLOSED, State.REOPENED)


def test_a_kill_between_the_disputes_and_the_mark_repeats_nothing(
    northern: Carrier, clock: time_machine.Traveller, answered: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D5: the feed is read once more, and finds the dispute open already."""
    dispute = answered()
    later(clock, 10)
    take_in(northern, [meis()])
    tasks.check_removals()
    take_in(northern, [row()], "delta")
    tasks.check_removals()
    FeedReading.objects.filter(reader="disputes").delete()
    tasks.check_removals()
    assert whys(dispute).count("there_again") == 1


def test_a_reopened_dispute_that_is_not_answered_goes_to_the_regulator(
    northern: Carrier, clock: time_machine.Traveller, answered: Act
) -> None:
    dispute = answered()
    later(clock, 10)
    take_in(northern, [row(), meis()], as_of=timezone.now())
    tasks.check_removals()
    assert deadlines.expire(fresh(dispute).answer_by) == 1
    assert fresh(dispute).state == State.ESCALATED


def test_its_clock_starts_anew(northern: Carrier, clock: time_machine.Traveller, answered: Act) -> None:
    dispute = answered()
    later(clock, 40)
    take_in(northern, [row(), meis()], as_of=timezone.now())
    tasks.check_removals()
    shown = wording.clock(fresh(dispute))
    assert shown is not None
    assert (shown.share, shown.is_late) == (0, False)


def test_disputes_of_made_up_registrations_without_a_feed_are_left_alone(
    wei: Account, northern: Carrier, clock: object, file
) -> None:
    dispute = file(make_registration(wei, northern), wei)
    assert removals.check(seconds=5) == 0
    assert whys(dispute) == ["filed"]
