"""What is over goes after its time: ended registrations with their change rows and confirmations, feeds, reject lists.

The times are the jurisdiction's (``Jurisdiction.retention``). Everything goes in batches of their own transactions, so
that nobody waits for a lock. What must stay although its time has come, the callers say: a query of registration ids.
"""

import datetime
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lookups.jurisdictions import rules, working_days
from lookups.registry.models import (
    Confirmation,
    Feed,
    FeedState,
    Registration,
    RegistrationChange,
    Status,
)

BATCH = 1000
YEAR = 365
# Ids of registrations that stay.
Kept = QuerySet[Any, uuid.UUID]


class Gone(Exception):
    """The registration does not exist any more: its time was over."""


@dataclass(frozen=True)
class Forgotten:
    """How many rows and files went, or would go."""

    registrations: int
    feeds: int
    reject_lists: int


def hold(registration: Registration) -> None:
    """Nobody forgets this registration before the running transaction ends; imports may go on changing it.

    Raises Gone.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM registry_registration WHERE id = %s FOR KEY SHARE", [registration.pk])
        if cursor.rowcount == 0:
            raise Gone


def due(kept: Kept) -> Forgotten:
    """What ``forget`` would delete now."""
    return Forgotten(
        _ended().exclude(pk__in=kept).count(), _old_feeds().count(), sum(1 for _name in _old_reject_lists())
    )


def forget(kept: Kept, *, seconds: float = float("inf")) -> Forgotten:
    """Delete what is past its time; stop after ``seconds``, and the next call goes on."""
    until = time.monotonic() + seconds
    registrations = feeds = 0
    last: tuple[datetime.date, uuid.UUID] | None = None
    while time.monotonic() < until:
        last, deleted = _forget_registrations(kept, after=last)
        registrations += deleted
        if last is None:
            break
    while time.monotonic() < until and (deleted := _forget_feeds()):
        feeds += deleted
    lists = _old_reject_lists()
    for path in lists:
        path.unlink(missing_ok=True)
    return Forgotten(registrations, feeds, len(lists))


def in_words() -> str:
    """How long an ended line stays, in a sentence for the person it is about."""
    rule = rules.current().retention
    if rule.ended_days % YEAR:
        time_kept = ngettext("%(count)d day", "%(count)d days", rule.ended_days) % {"count": rule.ended_days}
    else:
        years = rule.ended_days // YEAR
        time_kept = ngettext("%(count)d year", "%(count)d years", years) % {"count": years}
    sentence = _("A line that has ended stands here for %(time)s after its end; then we delete it.")
    said = sentence % {"time": time_kept}
    return said if rule.in_law else f"{said} {_('We know of no law that names a time, so this is the portal’s own.')}"


def _ended() -> QuerySet[Registration]:
    today = working_days.local_day(timezone.now(), rules.current())
    before = today - datetime.timedelta(days=rules.current().retention.ended_days)
    return Registration.objects.filter(status=Status.ENDED, ended_on__lt=before)


@transaction.atomic
def _forget_registrations(
    kept: Kept, *, after: tuple[datetime.date, uuid.UUID] | None
) -> tuple[tuple[datetime.date, uuid.UUID] | None, int]:
    """One batch, from where the last one ended: how far it came (None: to the end), and how many went.

    The rows are locked before it is asked what is to stay: whoever held one of them has committed by then, or it is
    left for the next time.
    """
    rows = _ended().order_by("ended_on", "pk")
    if after is not None:
        day, key = after
        rows = rows.filter(ended_on__gte=day).filter(Q(ended_on__gt=day) | Q(pk__gt=key))
    found = rows.select_for_update(skip_locked=True).values_list("ended_on", "pk")[:BATCH]
    batch = [(day, key) for day, key in found if day is not None]
    if not batch:
        return None, 0
    ids = [key for _day, key in batch]
    staying = set(kept.filter(registration_id__in=ids))
    going = [key for key in ids if key not in staying]
    RegistrationChange.objects.filter(registration_id__in=going).delete()
    Confirmation.objects.filter(registration_id__in=going).delete()
    Registration.objects.filter(pk__in=going).delete()
    return batch[-1], len(going)


def _old_feeds() -> QuerySet[Feed]:
    """Feeds that nothing rests on any more: no change row, and neither the first nor the latest of their carrier.

    The first tells since when a carrier reports, and the latest what is newer.
    """
    before = timezone.now() - datetime.timedelta(days=rules.current().retention.feed_days)
    applied = Feed.objects.filter(carrier=OuterRef("carrier"), state=FeedState.APPLIED)
    changed = RegistrationChange.objects.filter(feed=OuterRef("pk"))
    inner = Exists(applied.filter(as_of__lt=OuterRef("as_of"))) & Exists(applied.filter(as_of__gt=OuterRef("as_of")))
    over = Q(state=FeedState.FAILED) | (Q(state=FeedState.APPLIED) & inner)
    return Feed.objects.filter(over, ~Exists(changed), received_at__lt=before)


def _forget_feeds() -> int:
    batch = list(_old_feeds().values_list("pk", flat=True)[:BATCH])
    return Feed.objects.filter(pk__in=batch).delete()[1].get("registry.Feed", 0)


def _old_reject_lists() -> list[Path]:
    """Lists of rejected lines in the portal's own folder; one that a command wrote elsewhere is its operator's."""
    before = time.time() - rules.current().retention.rejects_days * 86400
    folder = Path(settings.FEEDS_FOLDER) / "rejects"
    return [path for path in folder.glob("*.csv") if path.stat().st_mtime < before]
