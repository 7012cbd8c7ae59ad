"""One code sent twice at the same moment is taken once (S6)."""

import threading

import pytest
import time_machine
from django.db import connection

from lookups.identity import services
from lookups.identity.throttling import TooManyTries
from tests.factories.identity import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("kind", ["authenticator app", "recovery code"])
def test_s6_s9_concurrent_double_submit_is_accepted_once(
    clock: time_machine.Traveller, lin_mei: Person, kind: str
) -> None:
    code = lin_mei.code() if kind == "authenticator app" else services.add_recovery_codes(lin_mei.account)[0]
    together = threading.Barrier(4)
    accepted: list[object] = []

    def send() -> None:
        try:
            together.wait(timeout=60)
            device = services.check_factor(lin_mei.account, token=code, source="192.0.2.7")
            if device is not None:
                accepted.append(device)
        except TooManyTries:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(accepted) == 1
