"""``move``: the only writer of a dispute's state. Each move leaves a Step."""

import uuid
from collections.abc import Callable, Mapping

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from lookups.disputes import clock, states
from lookups.disputes.models import Dispute, Step
from lookups.disputes.states import State

log = structlog.get_logger(__name__)


class MoveRefused(Exception):
    """The dispute has moved on: this act is not possible any more. The page shows where it stands."""


def locked(dispute_id: uuid.UUID) -> Dispute:
    """The dispute, held for the running transaction, so that two acts on it come one after the other."""
    return Dispute.objects.select_for_update(of=("self",)).get(pk=dispute_id)


def each(disputes: "QuerySet[Dispute]", act: Callable[[Dispute], bool]) -> int:
    """``act`` on each of these, locked, in a transaction of its own. Returns how often it had something to do."""
    return sum(_safely(dispute_id, act) for dispute_id in list(disputes.values_list("pk", flat=True)))


def _safely(dispute_id: uuid.UUID, act: Callable[[Dispute], bool]) -> bool:
    """One dispute that cannot be read must not keep the others waiting."""
    try:
        with transaction.atomic():
            return act(locked(dispute_id))
    except Exception:
        log.exception("dispute_left_behind", dispute=str(dispute_id))
        return False


def move(
    dispute: Dispute,
    after: State,
    *,
    actor: str,
    account: uuid.UUID | None = None,
    why: str = "",
    note: str | None = None,
    rests_on: Mapping[str, str] | None = None,
) -> Step:
    """Move a locked dispute to ``after`` and write the Step. Raises MoveRefused where the table does not allow it."""
    if not connection.in_atomic_block:
        raise RuntimeError("a move belongs into the transaction that locked its dispute")
    if not states.allowed(dispute.state, after):
        raise MoveRefused(f"{dispute.reference} cannot go from {dispute.state} to {after}")
    before = dispute.state
    # Whoever was named as the right carrier was named in the state that ends here.
    columns = {"state": after, "named_carrier": None}
    columns |= clock.changes(dispute, before=before, after=after, now=timezone.now())
    for name, value in columns.items():
        setattr(dispute, name, value)
    Dispute.objects.filter(pk=dispute.pk).update(**columns)
    return leave_step(dispute, before=before, actor=actor, account=account, why=why, note=note, rests_on=rests_on)


def leave_step(
    dispute: Dispute,
    *,
    before: str,
    actor: str,
    account: uuid.UUID | None = None,
    why: str = "",
    note: str | None = None,
    rests_on: Mapping[str, str] | None = None,
) -> Step:
    """One row of the dispute's history; ``before`` equals its state where something happened without a move."""
    step = Step(
        dispute=dispute,
        position=dispute.steps.count() + 1,
        before=before,
        after=dispute.state,
        at=timezone.now(),
        actor=actor,
        account=account,
        why=why,
    )
    step.note, step.rests_on = note, dict(rests_on) if rests_on else None
    step.save(force_insert=True)
    return step
