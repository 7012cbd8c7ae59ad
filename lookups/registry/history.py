"""What has happened with one number, oldest first, as its change rows tell it to the person it stands under."""

import datetime
from dataclasses import dataclass

from lookups.registry import wording
from lookups.registry.models import ChangeKind, Feed, FeedState, Registration, RegistrationChange


@dataclass(frozen=True)
class Moment:
    """One entry of the timeline: the "as of" of the feed that told it, and what it told."""

    when: datetime.datetime
    title: str
    text: str = ""
    tone: str = "past"


def of(registration: Registration) -> list[Moment]:
    """Every change of this registration: two queries, however many there are.

    A carrier's first feed leaves no change rows; what it brought was first seen in it.
    """
    rows = RegistrationChange.objects.filter(registration_id=registration.pk).select_related("feed")
    moments = []
    started = False
    for change in rows.order_by("feed__as_of", "feed__applied_at"):
        started = started or change.kind == ChangeKind.STARTED
        moments.append(Moment(change.feed.as_of, *wording.of_change(change)))
    applied = Feed.objects.filter(carrier=registration.carrier_id, state=FeedState.APPLIED)
    first = applied.order_by("as_of", "applied_at").first()
    if first is not None and not started:
        moments.insert(0, Moment(first.as_of, *wording.first_seen()))
    return moments
