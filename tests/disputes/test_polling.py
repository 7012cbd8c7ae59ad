"""Polling: news that was lost on the way is found within one interval (D14)."""

import datetime

import pytest
from django.utils import timezone
from pytest_django import Settings

from lookups.carriers.models import Carrier
from lookups.disputes import tasks
from lookups.disputes.models import Dispute, Handover, InboxEvent
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.doubles.sandbox import SandboxCarrier

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lost(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver, settings: Settings
) -> Dispute:
    """A dispute that the carrier decided without our hearing of it."""
    settings.POLL_SECONDS = 60
    sandbox.behave(events=False)
    dispute = file(weis_line, wei)
    deliver(northern)
    sandbox.move(sandbox.ticket(dispute.reference)["id"], "resolved", outcome="TRANSFERRED", answer="It is hers.")
    Handover.objects.update(accepted_at=timezone.now() - datetime.timedelta(minutes=5))
    return dispute


def test_a_lost_answer_is_fetched(lost: Dispute, northern: Carrier) -> None:
    tasks.poll_carrier(str(northern.channel.pk))
    lost.refresh_from_db()
    assert (lost.state, lost.outcome) == (State.DECIDED, "TRANSFERRED")


def test_what_was_asked_just_now_is_not_asked_again(lost: Dispute, northern: Carrier) -> None:
    Handover.objects.update(polled_at=timezone.now())
    tasks.poll_carrier(str(northern.channel.pk))
    lost.refresh_from_db()
    assert lost.state == State.HANDED_OVER


def test_the_same_news_twice_is_taken_once(lost: Dispute, northern: Carrier) -> None:
    for _ in range(2):
        Handover.objects.update(polled_at=None)
        tasks.poll_carrier(str(northern.channel.pk))
    assert InboxEvent.objects.count() == 1
    assert lost.steps.filter(after="decided").count() == 1


def test_a_carrier_that_does_not_answer_is_left_for_later(
    lost: Dispute, northern: Carrier, sandbox: SandboxCarrier
) -> None:
    sandbox.stop()
    tasks.poll_carrier(str(northern.channel.pk))
    lost.refresh_from_db()
    assert lost.state == State.HANDED_OVER
