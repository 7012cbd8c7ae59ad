"""Asking at home first: nothing is sent and no time limit runs until the citizen has asked, or lets it rest."""

import datetime

from django.db import transaction
from django.utils import timezone

from lookups.disputes import handovers
from lookups.disputes.models import Dispute, StepActor
from lookups.disputes.moves import each, move
from lookups.disputes.services import mine, tell, undo_window
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.jurisdictions import rules, working_days


def go_on(dispute: Dispute, *, account: Account) -> None:
    """The family was asked, and it is none of theirs: the dispute begins now, with all its times."""
    with transaction.atomic():
        dispute = mine(dispute, account)
        move(dispute, State.WAITING, actor=StepActor.CITIZEN, account=account.pk, why="family_asked")
        now = timezone.now()
        country = rules.get(dispute.rules["jurisdiction"])
        dispute.filed_at, dispute.send_after = now, now + undo_window()
        dispute.answer_by = working_days.due_at(now, dispute.rules["answer_days"], country)
        dispute.save(update_fields=["filed_at", "send_after", "answer_by"])
        handovers.open_at(dispute, dispute.carrier, wait=undo_window())
        tell(dispute, "dispute_filed")


def end_waits(now: datetime.datetime) -> int:
    """Drop what waits for a family for too long; nothing is sent. Returns how many."""
    over = Dispute.objects.asking_family().filter(send_after__lte=now)
    return each(over, lambda dispute: _end_wait(dispute, now))


def _end_wait(dispute: Dispute, now: datetime.datetime) -> bool:
    if not dispute.asks_family or dispute.send_after > now:
        return False
    move(dispute, State.CANCELLED, actor=StepActor.PORTAL, why="family_silent")
    tell(dispute, "dispute_family_over")
    return True
