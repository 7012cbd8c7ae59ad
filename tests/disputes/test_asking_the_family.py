"""Asking the family first: nothing is sent and no clock runs, until the citizen goes on, drops it, or forgets it."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.disputes import deadlines, services, tasks
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.disputes.moves import MoveRefused
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.notices.models import Notice
from lookups.overview import figures
from lookups.registry.models import Registration
from tests.cast import make_registration, sign_in
from tests.disputes.evidence_files import attach
from tests.disputes.filing_pages import fill_in, page_of, send
from tests.overview.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(as_wei: Client, weis_line: Registration) -> Dispute:
    fill_in(as_wei, weis_line, family="ask_first", statement="Perhaps my brother?")
    send(as_wei, weis_line)
    return Dispute.objects.get()


def test_nothing_is_sent_and_no_clock_runs(as_wei: Client, asked: Dispute) -> None:
    assert asked.state == State.FAMILY
    assert not HandoverMessage.objects.exists()
    assert Notice.objects.get().kind == "dispute_family"
    page = words(as_wei.get(asked.get_absolute_url()))
    assert "What did your family say?" in page
    assert "must answer by" not in page
    assert "You are asking your family" in words(as_wei.get("/disputes/"))


def test_the_review_says_so_before(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line, family="ask_first")
    review = words(as_wei.get(page_of(weis_line, "review")))
    assert "Keep it, I ask my family first" in review
    assert "You have 14 days" in review


def test_it_is_never_late(asked: Dispute) -> None:
    much_later = asked.answer_by + datetime.timedelta(days=1)
    assert (deadlines.expire(much_later), deadlines.remind(much_later)) == (0, 0)
    asked.refresh_from_db()
    assert asked.state == State.FAMILY


def test_going_on_begins_the_dispute_with_all_its_times(as_wei: Client, asked: Dispute) -> None:
    attach(asked)
    later = timezone.now() + datetime.timedelta(days=6)
    with time_machine.travel(later, tick=False):
        sign_in(as_wei, Account.objects.get(pk=asked.account))
        assert "their time begins" in words(as_wei.get(f"/disputes/{asked.reference}/go-on/"))
        assert as_wei.post(f"/disputes/{asked.reference}/go-on/").url == asked.get_absolute_url()
        before, dispute = asked, Dispute.objects.get()
        assert dispute.state == State.WAITING
        assert dispute.filed_at == later
        assert dispute.answer_by > before.answer_by
        assert dispute.can_send_now
    assert list(HandoverMessage.objects.order_by("position").values_list("kind", flat=True)) == ["create", "evidence"]
    assert [step.why for step in dispute.steps.all()] == ["filed", "family_first", "family_asked"]


def test_going_on_needs_a_fresh_factor(wei: Account, asked: Dispute) -> None:
    """S12"""
    client = sign_in(Client(), wei, stepped_up=False)
    assert client.post(f"/disputes/{asked.reference}/go-on/").url.startswith("/sign-in/again/")
    asked.refresh_from_db()
    assert asked.state == State.FAMILY


def test_twice_is_once(as_wei: Client, asked: Dispute) -> None:
    for _ in range(2):
        assert as_wei.post(f"/disputes/{asked.reference}/go-on/").status_code == 302
    assert HandoverMessage.objects.count() == 1
    assert asked.steps.count() == 3


def test_it_is_ours_drops_it(as_wei: Client, asked: Dispute) -> None:
    as_wei.post(f"/disputes/{asked.reference}/withdraw/")
    asked.refresh_from_db()
    assert asked.state == State.CANCELLED
    assert not HandoverMessage.objects.exists()


def test_it_cannot_be_sent_at_once_by_the_button_of_the_undo_window(
    as_wei: Client, wei: Account, asked: Dispute
) -> None:
    with pytest.raises(MoveRefused):
        services.send_now(asked, account=wei)
    asked.refresh_from_db()
    assert asked.state == State.FAMILY


def test_the_number_can_be_disputed_once_only_meanwhile(
    asked: Dispute, as_wei: Client, weis_line: Registration
) -> None:
    assert as_wei.get(page_of(weis_line)).url == asked.get_absolute_url()


@pytest.mark.parametrize(("days", "state"), [(13.9, State.FAMILY), (14.1, State.CANCELLED)])
def test_after_two_weeks_it_is_dropped_and_said(asked: Dispute, days: float, state: State) -> None:
    with time_machine.travel(asked.filed_at + datetime.timedelta(days=days), tick=False):
        tasks.end_family_waits()
    asked.refresh_from_db()
    assert asked.state == state
    told = Notice.objects.filter(kind="dispute_family_over").count()
    assert told == (state == State.CANCELLED)
    assert not HandoverMessage.objects.exists()


def test_nobody_but_its_citizen_sees_it(asked: Dispute, as_ning: Client, as_mei: Client) -> None:
    assert asked.reference not in as_ning.get("/console/disputes/dispute/?show=all").content.decode()
    assert as_ning.get(f"/console/disputes/dispute/{asked.pk}/change/").status_code == 404
    assert as_mei.post(f"/disputes/{asked.reference}/go-on/").status_code == 404


def test_it_is_not_counted_in_public(asked: Dispute, wei: Account, northern: Carrier) -> None:
    assert {count for _label, count in figures.by_reason()} == {"0"}
    make_registration(wei, northern, "+8613812344472")
    assert {row.filed for row in figures.by_carrier()} == {"0"}
