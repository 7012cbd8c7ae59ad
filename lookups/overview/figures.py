"""Public counts. A count below ten is not told, so that nobody can be found in it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lookups.carriers.models import Carrier
from lookups.disputes.models import Dispute, Outcome, Reason
from lookups.disputes.states import NEVER_SENT
from lookups.registry import services as registry

SMALLEST = 10


@dataclass(frozen=True)
class Row:
    """One carrier's line: counts as text, since small ones are "fewer than 10"."""

    carrier_name: str
    filed: str
    answered: str
    on_time: str
    as_of: datetime | None


def by_carrier() -> list[Row]:
    """Disputes that reached each carrier, how many it answered, and how many of these in time."""
    answered = Count("disputes", filter=Q(disputes__decided_at__isnull=False, disputes__decided_by="carrier"))
    in_time = Count(
        "disputes", filter=Q(disputes__decided_by="carrier", disputes__decided_at__lte=F("disputes__answer_by"))
    )
    feeds = registry.latest_feeds()
    carriers = Carrier.objects.filter(is_active=True).annotate(
        filed=Count("disputes", filter=~Q(disputes__state__in=NEVER_SENT)), answered=answered, in_time=in_time
    )
    return [
        Row(
            carrier.name,
            _count(carrier.filed),
            _count(carrier.answered),
            _share(carrier.in_time, carrier.answered),
            feeds[carrier.pk].as_of if carrier.pk in feeds else None,
        )
        for carrier in carriers
    ]


def by_reason() -> list[tuple[str, str]]:
    """Disputes that reached a carrier, by reason."""
    counts = dict(Dispute.objects.exclude(state__in=NEVER_SENT).values_list("reason").annotate(Count("id")).order_by())
    return [(str(label), _count(counts.get(reason, 0))) for reason, label in Reason.choices]


def by_outcome() -> list[tuple[str, str]]:
    """What was found, each finding by itself: who could not find out has settled nothing, nor has who moved a line."""
    answered = Dispute.objects.exclude(outcome="").exclude(state__in=NEVER_SENT)
    counts = dict(answered.values_list("outcome").annotate(Count("id")).order_by())
    return [(str(words), _count(counts.get(outcome, 0))) for outcome, words in _FOUND.items()]


# A misrouted dispute goes on, so no answer says so.
_FOUND = {
    Outcome.REMOVED.value: gettext_lazy("Removed from the person's ID"),
    Outcome.REMOVED_FRAUD.value: gettext_lazy("Removed from the person's ID: it was fraud"),
    Outcome.CONFIRMED.value: gettext_lazy("Kept under the person's ID, with the evidence for it"),
    Outcome.TRANSFERRED.value: gettext_lazy("Moved to the person who uses it"),
    Outcome.CANNOT_DETERMINE.value: gettext_lazy("The carrier could not find out"),
}


def _count(number: int) -> str:
    return f"{number:,}" if number == 0 or number >= SMALLEST else _("fewer than %(least)d") % {"least": SMALLEST}


def _share(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)} %" if whole >= SMALLEST else "–"
