"""Looking up what is held under a person, and a citizen's "this is mine"."""

import datetime
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from lookups.audit import services as audit
from lookups.audit.models import Action, ActorKind
from lookups.carriers.models import Carrier
from lookups.prepared import Prepared
from lookups.registry.models import (
    Confirmation,
    Feed,
    FeedState,
    Registration,
    RegistrationQuerySet,
)


class NotYours(Exception):
    """The registration is not held under one of the person's documents. To them it does not exist."""


def registrations_of(subjects: Iterable[uuid.UUID]) -> RegistrationQuerySet:
    """Everything held under these subjects, ended lines too."""
    return Registration.objects.of(subjects)


def carriers_as_of() -> dict[Carrier, datetime.datetime | None]:
    """All carriers by name, each with its host, and the "as of" of its newest applied feed, if it has delivered.

    One query, which reads one feed of each carrier however many there were.
    """
    carriers = _carriers_with_newest()
    known = {carrier.pk: carrier for carrier in carriers}
    for carrier in carriers:
        if carrier.host_id:
            carrier.host = known[carrier.host_id]
    return {carrier: carrier.newest for carrier in carriers}


@Prepared
def _carriers_with_newest() -> QuerySet[Any]:
    newest = Feed.objects.filter(carrier=OuterRef("pk"), state=FeedState.APPLIED).order_by("-as_of").values("as_of")[:1]
    return Carrier.objects.annotate(newest=Subquery(newest))


def latest_feeds() -> dict[uuid.UUID, Feed]:
    """The newest applied feed of each carrier that has delivered, by the carrier's id: one query."""
    feeds = (
        Feed.objects.filter(state=FeedState.APPLIED)
        .order_by("carrier_id", "-as_of", "-applied_at")
        .distinct("carrier_id")
    )
    return {feed.carrier_id: feed for feed in feeds}


def is_running(registration_id: uuid.UUID) -> bool:
    """Whether the carrier lists this registration, and not as ended."""
    return Registration.objects.running().filter(pk=registration_id).exists()


@transaction.atomic
def confirm(registration: Registration, *, account: uuid.UUID, subjects: Iterable[uuid.UUID]) -> Confirmation:
    """The citizen says that this is theirs; saying it again changes nothing. Raises NotYours."""
    _ours(registration, subjects)
    confirmation, is_new = Confirmation.objects.get_or_create(
        registration_id=registration.pk,
        defaults={"subject": registration.subject, "account": account, "confirmed_at": timezone.now()},
    )
    if is_new:
        _record(registration, account, Action.CONFIRMED)
    return confirmation


@transaction.atomic
def unconfirm(registration: Registration, *, account: uuid.UUID, subjects: Iterable[uuid.UUID]) -> None:
    """The citizen takes that back. Raises NotYours."""
    _ours(registration, subjects)
    deleted, _ = Confirmation.objects.filter(registration_id=registration.pk, subject=registration.subject).delete()
    if deleted:
        _record(registration, account, Action.UNCONFIRMED)


def _ours(registration: Registration, subjects: Iterable[uuid.UUID]) -> None:
    if registration.subject not in set(subjects):
        raise NotYours


def _record(registration: Registration, account: uuid.UUID, action: Action) -> None:
    audit.record(
        [registration.subject],
        action=action,
        actor_kind=ActorKind.CITIZEN,
        actor=account,
        about=str(registration.pk),
    )
