"""The undo window: taken back without a trace at the carrier, or sent at once."""

import pytest
from django.db.models.functions import Now

from lookups.carriers.models import Carrier
from lookups.disputes import services
from lookups.disputes.models import HandoverMessage
from lookups.disputes.moves import MoveRefused
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.doubles.sandbox import SandboxCarrier

pytestmark = pytest.mark.django_db(transaction=True)


def test_inside_the_window_nothing_leaves(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    dispute = file(weis_line, wei, undo=60)
    deliver(northern)
    dispute.refresh_from_db()
    assert dispute.state == State.WAITING
    assert sandbox.tickets() == []


def test_taken_back_in_time_the_carrier_never_hears_of_it(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    dispute = file(weis_line, wei, undo=60)
    services.cancel(dispute, account=wei)
    HandoverMessage.objects.update(next_attempt_at=Now())
    deliver(northern)
    dispute.refresh_from_db()
    assert dispute.state == State.CANCELLED
    assert sandbox.tickets() == []


def test_send_now_ends_the_window(
    wei: Account, weis_line: Registration, northern: Carrier, sandbox: SandboxCarrier, file, deliver
) -> None:
    dispute = file(weis_line, wei, undo=60)
    services.send_now(dispute, account=wei)
    deliver(northern)
    assert sandbox.ticket(dispute.reference)["status"] == "acknowledged"


def test_too_late_to_take_back_once_a_worker_has_it(wei: Account, weis_line: Registration, file) -> None:
    dispute = file(weis_line, wei, undo=60)
    HandoverMessage.objects.update(attempts=1)
    with pytest.raises(MoveRefused):
        services.cancel(dispute, account=wei)
    dispute.refresh_from_db()
    assert dispute.state == State.WAITING
    assert dispute.steps.count() == 1


def test_nobody_else_can_take_it_back(wei: Account, mei: Account, weis_line: Registration, file) -> None:
    dispute = file(weis_line, wei, undo=60)
    for act in (services.cancel, services.send_now, services.withdraw, services.accept):
        with pytest.raises(services.NotYours):
            act(dispute, account=mei)
    assert HandoverMessage.objects.get().state == "due"
