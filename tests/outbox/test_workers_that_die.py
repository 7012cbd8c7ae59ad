"""A worker that dies between claim and settling: its claim runs out, and the message is tried again as maybe sent."""

import datetime
import uuid

import pytest
from django.db.models.functions import Now

from lookups.notices.models import MailServer, Notice
from lookups.outbox.drain import _claim, drain
from lookups.outbox.models import MessageState, Verdict
from tests.outbox.conftest import Post

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_claim_is_kept_until_its_lease_ends(post: Post) -> None:
    """D5"""
    letter = post.letter()
    assert [one.pk for one in _claim(post.delivery, post.server, room=4)] == [letter.pk]
    post.drain()
    assert post.sent == []

    Notice.objects.filter(pk=letter.pk).update(next_attempt_at=Now())
    post.drain()
    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == (MessageState.SENT, 2)
    assert post.sent[0].maybe_sent, "the dead worker may have sent it"
    assert sorted(one.verdict for one in letter.tries.all()) == [Verdict.DELIVERED, Verdict.STARTED]


def test_a_worker_that_comes_back_too_late_writes_nothing(post: Post) -> None:
    letter = post.letter()

    def lose_the_lease(notice: Notice) -> object:
        Notice.objects.filter(pk=notice.pk).update(lease=uuid.uuid4())
        return None

    delivery = post.delivery
    prepared = type(delivery)(
        **{**delivery.__dict__, "prepare": lambda notice: (lose_the_lease(notice), delivery.prepare(notice))[1]}
    )
    drain(prepared, post.server.pk, budget=1)
    letter.refresh_from_db()
    assert letter.state == MessageState.DUE
    assert post.delivered == []


def test_a_mailbox_whose_drain_died_is_free_again_after_its_lease(post: Post) -> None:
    letter = post.letter()
    MailServer.objects.update(drained_by=uuid.uuid4(), drained_until=Now() + datetime.timedelta(minutes=1))
    assert post.drain() is False
    assert post.sent == []
    MailServer.objects.update(drained_until=Now() - datetime.timedelta(seconds=1))
    post.drain()
    assert post.delivered == [letter.pk]
