"""Withdrawing: what has not left never leaves; what may have left is taken back at the carrier."""

import pytest

from lookups.carriers.models import Carrier
from lookups.disputes import services
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import sign_in
from tests.doubles.sandbox import SandboxCarrier

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_no_one_has_tried_to_send_never_leaves(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    dispute = file(weis_line, wei)
    services.withdraw(dispute, account=wei)
    deliver(northern)
    assert sandbox.tickets() == []
    assert Dispute.objects.get().state == State.WITHDRAWN


def test_a_parked_ticket_does_not_leave_with_a_later_try_again(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    sandbox.behave(fail_status=422, fail_next=1)
    dispute = file(weis_line, wei)
    deliver(northern)
    services.withdraw(dispute, account=wei)
    assert HandoverMessage.objects.all().try_again() == 0
    deliver(northern)
    assert sandbox.tickets() == []


def test_withdrawing_needs_a_fresh_factor(client, wei: Account, weis_line: Registration, file) -> None:
    """S12"""
    dispute = file(weis_line, wei, undo=60)
    response = sign_in(client, wei, stepped_up=False).post(f"/disputes/{dispute.reference}/withdraw/")
    assert response.status_code == 302
    assert "/sign-in/again/" in response.url
    dispute.refresh_from_db()
    assert dispute.state == State.WAITING
