"""The doorbell: after a commit, tell a worker that a mailbox has something in it.

A doorbell carries the mailbox's id and nothing else. It may get lost (a broker that is down, full or emptied): the
sweep finds what is due a few seconds later. So ringing never raises, and never holds a request up for long.
"""

import uuid

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def ring_after_commit(task: str, mailbox_id: uuid.UUID) -> None:
    """Ring once the running transaction has committed; not at all where it rolls back."""
    transaction.on_commit(lambda: ring(task, mailbox_id), robust=True)


def ring(task: str, mailbox_id: uuid.UUID) -> bool:
    """Ring now. False where the broker could not be reached; the sweep will do it."""
    try:
        current_app.send_task(task, args=[str(mailbox_id)], retry=False, ignore_result=True)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("doorbell_not_heard", task=task, error=type(error).__name__)
        return False
    return True
