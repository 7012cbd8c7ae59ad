"""Two workers at once: every message is delivered once, and the destination's cap holds (D7, D8)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from lookups.notices.models import Notice
from lookups.outbox.drain import _claim
from lookups.outbox.models import MessageState
from tests.outbox.conftest import Post

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(count: int, act: object) -> list[object]:
    """Run ``act`` in ``count`` threads that start together, each with a connection of its own."""
    gate = threading.Barrier(count, timeout=60)

    def run(_: int) -> object:
        gate.wait()
        try:
            return act()  # type: ignore[operator]
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_two_drains_of_one_mailbox_deliver_each_message_once(post: Post) -> None:
    for _ in range(40):
        post.letter()
    in_threads(4, lambda: post.drain(budget=10))
    post.drain()
    assert len(post.sent) == 40
    assert post.most_at_once <= 4
    assert Notice.objects.filter(state=MessageState.SENT, attempts=1).count() == 40


def test_two_claims_never_take_the_same_message(post: Post) -> None:
    for _ in range(20):
        post.letter()
    claimed = in_threads(4, lambda: [one.pk for one in _claim(post.delivery, post.server, room=8)])
    taken = [key for keys in claimed for key in keys]  # type: ignore[attr-defined]
    assert len(taken) == len(set(taken))
