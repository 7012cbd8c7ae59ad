"""Telling people what a feed has brought under their ID, or moved away from it: one notice per person and feed.

A notice names the carrier and nothing else: no number, no count, no date. Who was told is marked in the transaction of
the notice itself, so that a worker may die anywhere; a person with 21,200 new lines has one notice. A carrier's first
feed leaves no change rows, hence no notices.
"""

import itertools
import time
import uuid
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from lookups.identity.models import Account, IdentityDocument, Role
from lookups.notices import services as notices
from lookups.registry import changes
from lookups.registry.models import Feed, Reader, Told

REGISTERED, MOVED = "number_registered", "number_moved"
AT_ONCE = 20_000  # people that one question to the database finds
BATCH = 500  # people that one transaction tells


def announce(*, seconds: float) -> int:
    """Tell of every feed that was not told of yet; stop after ``seconds``, and the next call goes on. How many told."""
    until = time.monotonic() + seconds
    told = 0
    for feed in changes.unread(Reader.NOTICES):
        told += _announce(feed, until=until)
        if time.monotonic() >= until:
            break
    return told


def _announce(feed: Feed, *, until: float) -> int:
    told = 0
    # First those who got a number: whoever lost one in the same feed as well is told once.
    subjects = {REGISTERED: changes.new_subjects(feed), MOVED: changes.left_subjects(feed)}
    for kind, concerned in subjects.items():
        while not _is_read(feed) and (people := _untold(feed, concerned)):
            for batch in _batches(people):
                told += _tell(feed, batch, kind=kind)
                if time.monotonic() >= until:
                    return told
    with transaction.atomic():
        _lock(feed)
        changes.mark_read(feed, Reader.NOTICES)
        Told.objects.filter(feed=feed).delete()
    return told


def _lock(feed: Feed) -> None:
    """One worker at a time tells of a feed; the other waits for no longer than a batch takes."""
    Feed.objects.select_for_update(no_key=True).get(pk=feed.pk)


def _is_read(feed: Feed) -> bool:
    return feed.readings.filter(reader=Reader.NOTICES).exists()


def _untold(feed: Feed, subjects: changes.Values) -> list[uuid.UUID]:
    """Accounts of these subjects that were not told of this feed. A frozen account is still its owner's."""
    reachable = Q(account__is_active=True) | Q(account__frozen_at__isnull=False)
    documents = IdentityDocument.objects.filter(reachable, account__role=Role.CITIZEN, subject__in=subjects)
    untold = documents.exclude(account_id__in=Told.objects.filter(feed=feed).values("account"))
    with changes.joined_as_large(feed):
        return list(untold.order_by().values_list("account_id", flat=True).distinct()[:AT_ONCE])


def _batches(people: Sequence[uuid.UUID]) -> Iterable[Sequence[uuid.UUID]]:
    starts = itertools.count(step=BATCH)
    return itertools.takewhile(len, (people[start : start + BATCH] for start in starts))


@transaction.atomic
def _tell(feed: Feed, people: Sequence[uuid.UUID], *, kind: str) -> int:
    """Tell these people, those apart whom another worker has told meanwhile."""
    _lock(feed)
    if _is_read(feed):
        return 0
    known = set(Told.objects.filter(feed=feed, account__in=people).values_list("account", flat=True))
    accounts = Account.objects.filter(pk__in=[account for account in people if account not in known])
    Told.objects.bulk_create(Told(feed=feed, account=account.pk) for account in accounts)
    return notices.tell_all(
        [notices.Recipient(account.pk, account.language, account.email) for account in accounts],
        kind=kind,
        context={"carrier": feed.carrier.name, "base_url": settings.PORTAL_BASE_URL},
    )
