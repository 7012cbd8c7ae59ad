"""Strangers and the owner at the same moment behind one address; one browser that signs in twice at once (S7)."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from lookups.identity import device_notices, devices, services
from lookups.identity.models import KnownDevice
from lookups.identity.throttling import Source, TooManyTries
from lookups.notices.models import Notice
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
SHARED, HERS = "100.64.0.1", "h" * 43


def at_once(*works: Callable[[], None]) -> None:
    together = threading.Barrier(len(works))

    def begin(work: Callable[[], None]) -> None:
        try:
            together.wait(timeout=60)
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=begin, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)


def test_s7_the_owner_gets_in_while_strangers_fail_at_the_same_moment() -> None:
    person = identity.lin_mei()
    devices.remember(person.account, device=HERS)
    tried: list[bool] = []
    got_in: list[bool] = []

    def try_it(password: str, source: str, into: list[bool]) -> None:
        try:
            found = services.check_password("CN-RIC", number=LIN_MEIS_CARD, password=password, source=source)
            into.append(found is not None)
        except TooManyTries:
            pass

    strangers = [lambda: try_it("not the password", SHARED, tried)] * 9
    at_once(*strangers, lambda: try_it(PASSWORD, Source.of(SHARED, device=HERS), got_in))
    assert got_in == [True]
    assert tried == [False] * 5, "five tries of the address, and the owner's success refunds none of them"


def test_s7_a_known_device_has_five_tries_however_many_at_once() -> None:
    person = identity.lin_mei()
    devices.remember(person.account, device=HERS)
    tried: list[bool] = []

    def guess() -> None:
        try:
            source = Source.of(SHARED, device=HERS)
            found = services.check_password("CN-RIC", number=LIN_MEIS_CARD, password="not it", source=source)
            tried.append(found is not None)
        except TooManyTries:
            pass

    at_once(*[guess] * 9)
    assert tried == [False] * 5


def test_s10_one_browser_that_signs_in_twice_at_once_is_one_device_and_one_notice() -> None:
    person = identity.lin_mei()
    devices.remember(person.account, device="f" * 43)
    at_once(*[lambda: device_notices.note(person.account, device=HERS)] * 6)
    assert KnownDevice.objects.count() == 2
    assert Notice.objects.count() == 1
