"""Doorbells: rung after a commit, never after a rollback, and never missed for good."""

import uuid

import pytest
from celery import Celery, current_app
from django.conf import settings
from django.db import transaction

from lookups.outbox import doorbell
from lookups.outbox.tasks import message_models, sweep
from tests.outbox.conftest import Post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """What was put on the broker: task names and arguments."""
    heard: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **_: heard.append((name, args)))
    return heard


def test_a_rollback_rings_nothing(rung: list[tuple[str, list[str]]]) -> None:
    """D3"""
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        doorbell.ring_after_commit("notices.drain", uuid.uuid4())
        raise ZeroDivisionError
    assert rung == []


def test_a_commit_rings_with_the_mailbox_and_nothing_else(rung: list[tuple[str, list[str]]]) -> None:
    mailbox = uuid.uuid4()
    with transaction.atomic():
        doorbell.ring_after_commit("notices.drain", mailbox)
        assert rung == []
    assert rung == [("notices.drain", [str(mailbox)])]


def test_a_broker_that_is_gone_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """D4: nobody listens at this address; the request goes on."""
    gone = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    gone.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    monkeypatch.setattr(doorbell, "current_app", gone)
    assert doorbell.ring("notices.drain", uuid.uuid4()) is False


def test_the_sweep_rings_for_what_is_due(post: Post, rung: list[tuple[str, list[str]]]) -> None:
    post.letter()
    post.letter()
    assert sweep() == 1
    assert rung == [("notices.drain", [str(post.server.pk)])]


def test_the_sweep_leaves_quiet_mailboxes_alone(post: Post, rung: list[tuple[str, list[str]]]) -> None:
    post.letter(state="sent")
    assert sweep() == 0
    assert rung == []


def test_every_kind_of_message_is_swept() -> None:
    assert {model.__name__ for model in message_models()} == {"Notice", "HandoverMessage"}
    current_app.loader.import_default_modules()
    assert all(model.drain_task in current_app.tasks for model in message_models())
