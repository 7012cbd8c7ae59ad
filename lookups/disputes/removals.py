"""After the answer: is the record really gone, and does it stay away? (design.md, section 5)

A carrier that answered "removed" (or "moved to the person who uses it") has until ``Dispute.gone_by``. Its first feed
as of then or later is the proof: a feed says how its carrier's records stand, a delta by what it leaves as it was. What
is still there reopens the dispute; what is gone is noted with the feed's day, and watched: registry's change rows tell
when it comes back, and that reopens it as well.
"""

import datetime
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from lookups.disputes import handovers, services
from lookups.disputes.models import DecidedBy, Dispute, StepActor
from lookups.disputes.moves import leave_step, locked, move
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.jurisdictions import rules, working_days
from lookups.notices import services as notices
from lookups.registry import changes
from lookups.registry import services as registry
from lookups.registry.models import Feed, Reader

log = structlog.get_logger(__name__)

BATCH = 500
Check = Callable[[uuid.UUID, Feed], bool]


def check(*, seconds: float) -> int:
    """Look at what feeds say about answered disputes; stop after ``seconds``, and the next call goes on.

    Returns how many disputes got a step: reopened, or checked and gone.
    """
    until = time.monotonic() + seconds
    steps = 0
    for feed in changes.unread(Reader.DISPUTES):
        steps += sum(_safely(_take_up_returned, dispute_id, feed) for dispute_id in _returned(feed))
        changes.mark_read(feed, Reader.DISPUTES)
        if time.monotonic() >= until:
            return steps
    for feed in registry.latest_feeds().values():
        for dispute_id in _to_prove(feed):
            steps += _safely(_prove, dispute_id, feed)
            if time.monotonic() >= until:
                return steps
    return steps


def _returned(feed: Feed) -> list[uuid.UUID]:
    """Disputes whose record was gone and came back with this feed; of several about one number, the newest first."""
    back = changes.new_registrations(feed)
    watched = Dispute.objects.proved_gone().filter(registered_with=feed.carrier_id, registration_id__in=back)
    with changes.joined_as_large(feed):
        return list(watched.order_by("-filed_at").values_list("pk", flat=True))


def _to_prove(feed: Feed) -> list[uuid.UUID]:
    """Disputes whose carrier had to be done by the time that this feed describes."""
    due = Dispute.objects.to_prove().filter(registered_with=feed.carrier_id, gone_by__lte=feed.as_of)
    return list(due.order_by("gone_by", "-filed_at").values_list("pk", flat=True)[:BATCH])


def _safely(look: Check, dispute_id: uuid.UUID, feed: Feed) -> bool:
    """One dispute that cannot be read must not keep the others from being checked."""
    try:
        with transaction.atomic():
            return look(dispute_id, feed)
    except Exception:
        log.exception("removal_not_checked", dispute=str(dispute_id))
        return False


def _prove(dispute_id: uuid.UUID, feed: Feed) -> bool:
    dispute = locked(dispute_id)
    if not dispute.awaits_proof:
        return False
    if registry.is_running(dispute.registration_id):
        return _take_up(dispute, feed, why="still_there")
    Dispute.objects.filter(pk=dispute.pk).update(gone_as_of=feed.as_of)
    leave_step(dispute, before=dispute.state, actor=StepActor.PORTAL, why="gone", note=_day(dispute, feed))
    return True


def _take_up_returned(dispute_id: uuid.UUID, feed: Feed) -> bool:
    dispute = locked(dispute_id)
    if not dispute.is_proved_gone or not registry.is_running(dispute.registration_id):
        return False
    return _take_up(dispute, feed, why="there_again")


def _take_up(dispute: Dispute, feed: Feed, *, why: str) -> bool:
    """Reopen it; where the citizen has filed a newer dispute about the number, that one goes on and this one rests."""
    try:
        with transaction.atomic():
            reopen(dispute, why=why, day=_day(dispute, feed))
    except IntegrityError:
        Dispute.objects.filter(pk=dispute.pk).update(gone_by=None, gone_as_of=None)
    return True


def reopen(dispute: Dispute, *, why: str, day: str) -> None:
    """The record that was to be gone is there: the carrier owes an answer anew, in the time it had at first.

    The dispute is locked. ``why`` is "still_there" or "there_again", ``day`` (ISO) the day that the feed describes.
    """
    now = timezone.now()
    ruled = dispute.decided_by == DecidedBy.REGULATOR
    answered_on = working_days.local_day(dispute.decided_at or now, rules.get(dispute.rules["jurisdiction"]))
    said = f"You answered {dispute.outcome} on {answered_on.isoformat()}. As of {day} your records list it"
    reason = f"Reopened. {said} {'again' if why == 'there_again' else 'still'}."
    dispute.outcome, dispute.decided_by, dispute.decided_at = "", "", None
    dispute.answer = dispute.evidence = dispute.gone_by = dispute.gone_as_of = dispute.acknowledge_by = None
    dispute.reopened_at, dispute.remind_at, dispute.stood_still = now, None, 0
    dispute.answer_by = working_days.due_at(now, dispute.rules["answer_days"], rules.get(dispute.rules["jurisdiction"]))
    dispute.save(
        update_fields=[
            "outcome",
            "decided_by",
            "decided_at",
            "answer",
            "evidence",
            "gone_by",
            "gone_as_of",
            "acknowledge_by",
            "reopened_at",
            "answer_by",
            "remind_at",
            "stood_still",
        ]
    )
    move(dispute, State.REOPENED, actor=StepActor.PORTAL, why=why, note=day)
    handovers.open_at(dispute, dispute.carrier, wait=datetime.timedelta(0), preface=reason)
    services.tell(dispute, "dispute_reopened")
    if ruled:
        _tell_officer(dispute)


def _tell_officer(dispute: Dispute) -> None:
    """Whoever decided it learns that it was not followed."""
    ruling = dispute.steps.filter(actor=StepActor.REGULATOR, why__startswith="decided_").last()
    officer = Account.objects.filter(pk=ruling.account).first() if ruling and ruling.account else None
    if officer is not None:
        notices.tell(
            officer.pk,
            kind="dispute_not_followed",
            context={
                "reference": dispute.reference,
                "carrier": dispute.carrier.name,
                "base_url": settings.PORTAL_BASE_URL,
            },
            language=officer.language,
            address=officer.email,
        )


def _day(dispute: Dispute, feed: Feed) -> str:
    return working_days.local_day(feed.as_of, rules.get(dispute.rules["jurisdiction"])).isoformat()
