"""A hundred tries at once are a hundred charges, and what was counted stays counted (S7, S23)."""

import threading
import uuid

import pytest
from django.db import connection, transaction

from lookups.identity import throttling
from lookups.identity.models import Throttle
from lookups.identity.throttling import TooManyTries

pytestmark = pytest.mark.django_db(transaction=True)


def test_s7_parallel_tries_do_not_slip_through() -> None:
    who = uuid.uuid4()
    begun: list[object] = []
    together = threading.Barrier(12)

    def attempt() -> None:
        try:
            together.wait(timeout=60)
            begun.append(throttling.begin("sign-in", who=who, source="192.0.2.1"))
        except TooManyTries:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(begun) == 5


def test_s23_the_count_is_committed_before_the_password_is_looked_at() -> None:
    throttling.begin("sign-in", who=uuid.uuid4(), source="192.0.2.1")
    with transaction.atomic():
        transaction.set_rollback(True)
    assert Throttle.objects.count() == 3
