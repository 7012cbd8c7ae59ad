"""Whose number is it? A dispute goes on to the carrier that its present one names, twice at most; then a person looks.

A clerk reaches their own carrier's rows alone, so the right carrier is only named there; workers take the dispute on.
"""

import datetime
import uuid

from django.db import transaction

from lookups.carriers.models import Carrier
from lookups.disputes import handovers
from lookups.disputes.models import Dispute, StepActor
from lookups.disputes.moves import MoveRefused, each, leave_step, locked, move
from lookups.disputes.states import State
from lookups.identity.models import Account

MOST_HOPS = 2


def misrouted(dispute: Dispute, *, named: str, words: str, actor: str, account: uuid.UUID | None) -> None:
    """The carrier says that the number is not its own. ``named`` is the code of the right one, or "". Locked."""
    move(dispute, State.PERSON_NEEDED, actor=actor, account=account, why="misrouted", note=words)
    right = Carrier.objects.filter(is_active=True, code=named).first() if named else None
    Dispute.objects.filter(pk=dispute.pk).update(named_carrier=right)


def forward() -> int:
    """Take what was misrouted on to the carrier that was named. Returns how many."""
    return each(Dispute.objects.misrouted(), _forward)


def _forward(dispute: Dispute) -> bool:
    right = dispute.named_carrier
    if right is None or not dispute.can_route:
        return False
    Dispute.objects.filter(pk=dispute.pk).update(named_carrier=None)
    if not _may_go_to(dispute, right):
        return False
    _hand_over(dispute, right, why="forwarded")
    return True


def _may_go_to(dispute: Dispute, right: Carrier) -> bool:
    """Neither too often nor in a circle: a carrier that had it has said already that it is not theirs."""
    hops = dispute.steps.filter(why="forwarded").count()
    return hops < MOST_HOPS and not dispute.handovers.filter(carrier=right.answered_by).exists()


def hand_over_again(dispute: Dispute, *, carrier: Carrier, by: Account) -> None:
    """A person at the portal sends a dispute that got stuck to this carrier: the right one, or the same once more."""
    with transaction.atomic():
        dispute = locked(dispute.pk)
        if not dispute.can_route:
            raise MoveRefused("no person is needed here any more")
        handovers.give_up_sending(dispute)
        _hand_over(dispute, carrier, why="routed", account=by.pk)


def _hand_over(dispute: Dispute, carrier: Carrier, *, why: str, account: uuid.UUID | None = None) -> None:
    dispute.carrier, dispute.named_carrier = carrier.answered_by, None
    dispute.save(update_fields=["carrier", "named_carrier"])
    name = dispute.carrier.name
    leave_step(dispute, before=dispute.state, actor=StepActor.PORTAL, account=account, why=why, note=name)
    handovers.open_at(dispute, dispute.carrier, wait=datetime.timedelta(0))
