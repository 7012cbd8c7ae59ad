"""Somebody disputes a line at the very moment at which its time is over: either it stays, or there is no dispute."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.disputes import services
from lookups.disputes.models import Dispute
from lookups.identity.models import Account
from lookups.registry import retention
from lookups.registry.models import Registration
from tests.cast import make_registration
from tests.registry.conftest import row, take_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def old(wei: Account, northern: Carrier) -> Registration:
    long_ago = timezone.localdate() - datetime.timedelta(days=1000)
    return make_registration(wei, northern, status="ended", ended_on=long_ago)


def in_thread(act: object) -> object:
    def run() -> object:
        try:
            return act()  # type: ignore[operator]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=20)


def test_what_is_held_is_left_for_the_next_time(old: Registration) -> None:
    with transaction.atomic():
        retention.hold(old)
        assert in_thread(lambda: retention.forget(services.registrations_needed())).registrations == 0  # type: ignore[attr-defined]
    assert retention.forget(services.registrations_needed()).registrations == 1


def test_an_import_goes_on_beside_a_filing(wei: Account, northern: Carrier) -> None:
    """Nobody who files waits for a feed, and no feed for them."""
    take_in(northern, [row()])
    with transaction.atomic():
        retention.hold(Registration.objects.get())
        imported = in_thread(lambda: take_in(northern, [row(plan="postpaid")], "delta"))
        assert imported.feed.changed == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("attempt", range(5))
def test_filing_and_forgetting_at_once(old: Registration, wei: Account, attempt: int) -> None:
    gate = threading.Barrier(2, timeout=60)

    def file() -> None:
        gate.wait()
        try:
            services.file(old, account=wei, reason="never_mine", statement="")
        except services.NotYours:
            pass
        finally:
            connection.close()

    def forget() -> None:
        gate.wait()
        try:
            retention.forget(services.registrations_needed())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(file), pool.submit(forget)]:
            done.result(timeout=20)
    assert Registration.objects.exists() == Dispute.objects.exists()
