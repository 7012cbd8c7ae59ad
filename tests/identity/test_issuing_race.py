"""Two clerks, or two runs of a command, issue a code for one document at once: one letter leaves (S2)."""

import threading

import pytest
from django.db import connection

from lookups.identity import services
from lookups.identity.models import ActivationCode
from lookups.jurisdictions import schemes
from tests.factories.identity import LIN_MEIS_CARD

pytestmark = pytest.mark.django_db(transaction=True)


def test_s2_the_day_between_two_letters_holds_for_letters_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = schemes.subject_of("CN-RIC", LIN_MEIS_CARD)
    together = threading.Barrier(4)
    looked = threading.Event()
    new_code = services._new_code

    def slowly(*args: object, **kwargs: object) -> str:
        looked.wait(timeout=0.5)  # whoever looks meanwhile finds no letter yet
        return new_code(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "_new_code", slowly)
    outcomes: list[str] = []

    def issue() -> None:
        try:
            together.wait(timeout=60)
            services.issue_code(subject, scheme="CN-RIC")
            outcomes.append("issued")
        except services.IssuingRefused as refused:
            outcomes.append(refused.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=issue) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert sorted(outcomes) == ["issued", "too_soon", "too_soon", "too_soon"]
    assert ActivationCode.objects.count() == 1
