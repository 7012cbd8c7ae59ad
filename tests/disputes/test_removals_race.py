"""Two sweeps at once, and a sweep beside the citizen: a dispute opens again once, and nothing is lost (D8)."""

import datetime
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.disputes import removals, services
from lookups.disputes.models import Dispute
from lookups.disputes.moves import MoveRefused
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.notices.models import Notice
from lookups.registry.models import Registration

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def due(wei: Account, ning: Account, weis_line: Registration, file) -> Dispute:
    """Northern said that it removed Wei's line; its time was over before its feed, which lists the line."""
    dispute = file(weis_line, wei)
    Dispute.objects.update(state=State.IN_REVIEW)
    evidence = {"reverification": "Nobody answered."}
    services.decide(dispute, outcome="REMOVED", answer="Removed.", evidence=evidence, by=ning)
    Dispute.objects.update(gone_by=timezone.now() - datetime.timedelta(days=1))
    return dispute


def at_once(*acts: Callable[[], object]) -> None:
    gate = threading.Barrier(len(acts), timeout=60)

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except MoveRefused:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(run, acts))


def test_two_sweeps_open_it_once(due: Dispute, northern: Carrier) -> None:
    at_once(*[lambda: removals.check(seconds=10)] * 4)
    assert Dispute.objects.get().state == State.REOPENED
    assert due.steps.filter(why="still_there").count() == 1
    assert due.handovers.count() == 2
    assert Notice.objects.filter(kind="dispute_reopened").count() == 1


@pytest.mark.parametrize("attempt", range(3))
def test_a_sweep_and_the_citizen_who_accepts(due: Dispute, wei: Account, attempt: int) -> None:
    at_once(lambda: removals.check(seconds=10), lambda: services.accept(due, account=wei))
    assert Dispute.objects.get().state == State.REOPENED
    assert due.steps.filter(why="still_there").count() == 1


@pytest.mark.parametrize("attempt", range(3))
def test_a_sweep_and_the_citizen_who_goes_to_the_regulator(due: Dispute, wei: Account, attempt: int) -> None:
    at_once(lambda: removals.check(seconds=10), lambda: services.appeal(due, account=wei, text="I still pay for it."))
    dispute = Dispute.objects.get()
    last = due.steps.last()
    assert (dispute.state, last.why) in {(State.REOPENED, "still_there"), (State.ESCALATED, "appealed")}
    assert due.handovers.count() == (2 if dispute.state == State.REOPENED else 1)
