"""What a failure means: again later, parked with a reason, or a breaker that opens. The type of the error decides."""

import datetime

import pytest
from django.utils import timezone
from pytest_django import Settings

from lookups.notices.models import Notice
from lookups.outbox import drain as drain_module
from lookups.outbox.models import MessageState, Verdict
from lookups.outbox.receipts import Later, Misconfigured, Receipt, Refused
from tests.outbox.conftest import Post, raising

pytestmark = pytest.mark.django_db(transaction=True)


def make_due(notice: Notice) -> None:
    Notice.objects.filter(pk=notice.pk).update(next_attempt_at=timezone.now() - datetime.timedelta(seconds=1))


def test_later_is_tried_again_after_the_schedules_pause(post: Post) -> None:
    letter = post.letter()
    post.answers = raising(Later("timeout"))
    post.drain()
    letter.refresh_from_db()
    assert (letter.state, letter.attempts, letter.maybe_sent) == (MessageState.DUE, 1, False)
    pause = (letter.next_attempt_at - timezone.now()).total_seconds()
    assert 3 < pause < 6
    assert [(one.verdict, one.reason) for one in letter.tries.all()] == [(Verdict.LATER, "timeout")]
    assert post.delivered == []


def test_the_other_sides_wish_to_wait_is_kept(post: Post) -> None:
    letter = post.letter()
    post.answers = raising(Later("http_429", retry_after=120))
    post.drain()
    letter.refresh_from_db()
    assert (letter.next_attempt_at - timezone.now()).total_seconds() > 110


def test_an_ambiguous_attempt_is_remembered(post: Post) -> None:
    letter = post.letter()
    post.answers = raising(Later("timeout", ambiguous=True))
    post.drain()
    letter.refresh_from_db()
    assert letter.maybe_sent


def test_giving_up_is_a_named_reason_and_can_be_tried_again(post: Post, settings: Settings) -> None:
    settings.OUTBOX_RETRY_SCHEDULE = [0.01]
    letter = post.letter()
    post.answers = raising(Later("http_500"))
    post.drain()
    make_due(letter)
    post.drain()
    letter.refresh_from_db()
    assert (letter.state, letter.parked_reason, letter.attempts) == (MessageState.PARKED, "gave_up:http_500", 2)
    assert post.parked == [letter.pk]

    assert Notice.objects.all().try_again() == 1
    post.answers = lambda notice: Receipt()
    post.drain()
    letter.refresh_from_db()
    assert (letter.state, letter.parked_reason) == (MessageState.SENT, "")


def test_a_refused_message_is_parked_and_the_next_goes_on(post: Post) -> None:
    bad, good = post.letter(), post.letter()

    def refuse_one(notice: Notice) -> Receipt:
        if notice.pk == bad.pk:
            raise Refused("http_422")
        return Receipt()

    post.answers = refuse_one
    post.drain()
    bad.refresh_from_db()
    assert (bad.state, bad.parked_reason) == (MessageState.PARKED, "http_422")
    assert post.delivered == [good.pk]


def test_a_misconfigured_channel_stops_at_the_first_message(post: Post) -> None:
    post.server.max_in_flight = 1
    post.server.save()
    first, second = post.letter(), post.letter()
    post.answers = raising(Misconfigured("credentials"))
    assert post.drain() is False
    assert Notice.objects.get(pk=first.pk).parked_reason == "credentials"
    assert Notice.objects.get(pk=second.pk).attempts == 0


def test_a_transport_that_explodes_harms_nobody_else(post: Post) -> None:
    bad, good = post.letter(), post.letter()

    def explode_once(notice: Notice) -> Receipt:
        if notice.pk == bad.pk:
            raise ZeroDivisionError("+8613812344471")
        return Receipt()

    post.answers = explode_once
    post.drain()
    attempt = bad.tries.get()
    assert (attempt.reason, attempt.detail) == ("unexpected", "ZeroDivisionError")
    assert post.delivered == [good.pk]


def test_a_receipt_that_cannot_be_digested_is_tried_again(post: Post) -> None:
    letter = post.letter()

    def choke(_notice: Notice, _receipt: Receipt) -> None:
        raise ValueError("two disputes with one ticket")

    delivery = post.delivery
    drain_module.drain(drain_module.Delivery(**{**delivery.__dict__, "delivered": choke}), post.server.pk, budget=2)
    letter.refresh_from_db()
    assert (letter.state, letter.maybe_sent) == (MessageState.DUE, True)


def test_the_breaker_opens_after_five_failures_and_lets_one_probe_through(post: Post) -> None:
    """D12"""
    for _ in range(12):
        post.letter()
    post.answers = raising(Later("connection_refused"))
    post.drain()
    assert 5 <= len(post.sent) <= 8, "what was under way when the fifth failed, and no more"
    post.server.refresh_from_db()
    assert post.server.open_until is not None

    before = len(post.sent)
    post.drain()
    assert len(post.sent) == before, "while the breaker is open nothing is tried"

    post.server.open_until = timezone.now() - datetime.timedelta(seconds=1)
    post.server.save()
    post.drain()
    assert len(post.sent) == before + 1, "one probe"


def test_a_probe_that_gets_through_closes_the_breaker(post: Post) -> None:
    post.server.failures = 9
    post.server.open_until = timezone.now() - datetime.timedelta(seconds=1)
    post.server.save()
    for _ in range(6):
        post.letter()
    post.drain()
    post.server.refresh_from_db()
    assert (post.server.failures, post.server.open_until) == (0, None)
    assert Notice.objects.filter(state=MessageState.SENT).count() == 6
