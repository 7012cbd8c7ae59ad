"""A due message is delivered once, its attempt written down, and nothing else is touched."""

import datetime
import threading

import pytest
from django.db.models.functions import Now

from lookups.notices.models import Notice
from lookups.outbox.models import MessageState, Verdict
from lookups.outbox.receipts import Receipt
from tests.outbox.conftest import Post

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_due_is_sent_and_written_down(post: Post) -> None:
    letter = post.letter()
    assert post.drain() is False
    letter.refresh_from_db()
    assert (letter.state, letter.attempts, letter.lease) == (MessageState.SENT, 1, None)
    assert letter.settled_at is not None
    assert [one.verdict for one in letter.tries.all()] == [Verdict.DELIVERED]
    assert post.delivered == [letter.pk]


def test_what_is_not_due_yet_waits(post: Post) -> None:
    letter = post.letter(next_attempt_at=Now() + datetime.timedelta(hours=1))
    post.drain()
    assert post.sent == []
    assert Notice.objects.get(pk=letter.pk).attempts == 0


def test_many_are_sent_at_once_but_never_more_than_the_destination_takes(post: Post) -> None:
    together = threading.Barrier(4, timeout=5)

    def wait_for_the_others(_notice: Notice) -> Receipt:
        together.wait()
        return Receipt()

    post.answers = wait_for_the_others
    for _ in range(12):
        post.letter()
    post.drain()
    assert Notice.objects.filter(state=MessageState.SENT).count() == 12
    assert post.most_at_once == 4


def test_a_drain_that_runs_out_of_time_says_that_there_is_more(post: Post) -> None:
    for _ in range(3):
        post.letter()
    assert post.drain(budget=0) is True
    assert post.sent == []


def test_messages_of_one_stream_leave_in_order(post: Post) -> None:
    first = post.letter()
    second = post.letter(stream=first.stream, position=2)
    third = post.letter(stream=first.stream, position=3)
    post.drain()
    assert [one.pk for one in post.sent] == [first.pk, second.pk, third.pk]


def test_a_parked_message_holds_back_what_follows_it(post: Post) -> None:
    first = post.letter(state=MessageState.PARKED)
    post.letter(stream=first.stream, position=2)
    post.drain()
    assert post.sent == []


def test_a_dropped_message_holds_nothing_back(post: Post) -> None:
    first = post.letter(state=MessageState.DROPPED)
    second = post.letter(stream=first.stream, position=2)
    post.drain()
    assert post.delivered == [second.pk]
