"""Two browsers with one code, or two codes for one document: one account (S2)."""

import base64
import threading

import pytest
import time_machine
from django.db import connection

from lookups.identity import enrolment
from lookups.identity.models import Account, ActivationCode, AuthenticatorApp, Enrolment, IdentityDocument, RecoveryCode
from lookups.jurisdictions import schemes
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD, code_of

pytestmark = pytest.mark.django_db(transaction=True)


def _ready(code: str) -> Enrolment:
    """An enrolment in one browser, its password chosen."""
    subject = schemes.subject_of("CN-RIC", LIN_MEIS_CARD)
    begun = enrolment.begin(subject, scheme="CN-RIC", code=code, source="192.0.2.1")
    assert begun is not None
    enrolment.choose_password(begun, password=PASSWORD)
    begun.refresh_from_db()
    return begun


@pytest.mark.parametrize("codes", [1, 2])
def test_s2_one_account_comes_of_it(clock: time_machine.Traveller, codes: int) -> None:
    first = identity.activation_code()
    clock.shift(2 * 86400)
    second = identity.activation_code() if codes == 2 else first
    browsers = [_ready(first), _ready(second)]
    tokens = [code_of(base64.b32decode(browser.seed or "")) for browser in browsers]
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def finish(browser: Enrolment, token: str) -> None:
        try:
            together.wait(timeout=60)
            outcomes.append("account" if enrolment.confirm(browser, token=token, language="en") else "wrong")
        except enrolment.EnrolmentOver:
            outcomes.append("over")
        finally:
            connection.close()

    threads = [threading.Thread(target=finish, args=pair) for pair in zip(browsers, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert sorted(outcomes) == ["account", "over"]
    assert (Account.objects.count(), IdentityDocument.objects.count(), AuthenticatorApp.objects.count()) == (1, 1, 1)
    assert RecoveryCode.objects.count() == 10
    assert not ActivationCode.objects.filter(used_at=None).exists()
