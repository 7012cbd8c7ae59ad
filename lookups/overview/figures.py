"""Public counts. A count below ten is not told, so that nobody can be found in it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from lookups.carriers.models import Carrier
from lookups.disputes.models import Dispute, Reason
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


def _count(number: int) -> str:
    return f"{number:,}" if number == 0 or number >= SMALLEST else _("fewer than %(least)d") % {"least": SMALLEST}


def _share(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)} %" if whole >= SMALLEST else "–"
