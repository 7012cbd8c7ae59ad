"""A registration as its owner should recognise it: the masked number, what is known of it, and what is odd about it."""

import dataclasses
import datetime
import functools
import uuid
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from lookups.registry.models import IdentityCheck, Plan, Registration, SalesChannel, Service, Status

RECENT_DAYS = 90
# So many lines taken on one day is how stolen documents are used.
MANY_IN_A_DAY = 3
DATE = "j F Y"


@dataclasses.dataclass
class Card:
    """What a page shows of one registration. Pages that know more (a dispute, a confirmation) fill the last fields."""

    registration_id: uuid.UUID
    carrier_name: str
    masked: str
    masked_start: str
    masked_end: str
    facts: list[str]
    oddities: list[str]
    is_ended: bool
    is_settled: bool = False
    settled_label: str = ""
    dispute: Any = None

    @property
    def about(self) -> str:
        """What helps to recognise it, in one line."""
        return " · ".join(self.facts)

    @property
    def is_unusual(self) -> bool:
        return bool(self.oddities) and not self.is_settled and self.dispute is None

    @property
    def can_dispute(self) -> bool:
        return self.dispute is None

    @property
    def can_confirm(self) -> bool:
        return self.dispute is None and not self.is_settled and not self.is_ended


def card_of(registration: Registration, *, opened_that_day: int = 1) -> Card:
    """The card of one registration; ``opened_that_day`` counts the person's lines that began on the same day."""
    masked = registration.masked
    return Card(
        registration_id=registration.pk,
        carrier_name=registration.carrier.name,
        masked=str(masked),
        masked_start=masked.start,
        masked_end=masked.end,
        facts=_facts(registration),
        oddities=[] if registration.is_ended else _oddities(registration, opened_that_day),
        is_ended=registration.is_ended,
    )


def _facts(registration: Registration) -> list[str]:
    """What helps to recognise it."""
    language = get_language()
    facts = [_kind(registration.service, registration.plan, language), _since(registration, language)]
    if registration.channel or registration.outlet_district:
        facts.append(_where(registration, language))
    if registration.identity_check and registration.identity_check != IdentityCheck.NONE:
        facts.append(_label(IdentityCheck, registration.identity_check, language))
    return facts


# Each of these words stands on every card of a page.
@functools.cache
def _label(choices: type[TextChoices], value: str, _language: str | None) -> str:
    return str(choices(value).label)


@functools.cache
def _kind(service: str, plan: str, language: str | None) -> str:
    kind = _label(Service, service, language)
    return f"{kind}, {_label(Plan, plan, language)}" if plan else kind


def _since(registration: Registration, language: str | None) -> str:
    since = _date(registration.activated_on)
    if registration.is_ended:
        ended = _date(registration.ended_on)
        return _("ended %(ended)s, began %(since)s") % {"ended": ended, "since": since}
    words = {"since": since, "status": _label(Status, registration.status, language)}
    return (
        _("%(status)s since %(since)s") % words if registration.is_running else _("%(status)s, began %(since)s") % words
    )


def _where(registration: Registration, language: str | None) -> str:
    how = _label(SalesChannel, registration.channel, language) if registration.channel else ""
    if not registration.outlet_district:
        return _("registered %(how)s") % {"how": how}
    words = {"how": how, "where": registration.outlet_district}
    return (_("registered %(how)s in %(where)s") if how else _("registered in %(where)s")) % words


def _oddities(registration: Registration, opened_that_day: int) -> list[str]:
    """What deserves a second look, as short labels."""
    days = (timezone.localdate() - registration.activated_on).days
    recent = days <= RECENT_DAYS
    odd = []
    if recent:
        odd.append(_opened(days))
    if registration.identity_check == IdentityCheck.NONE:
        odd.append(_("No identity check was made"))
    elif recent and registration.identity_check == IdentityCheck.DOCUMENT:
        odd.append(_("No portrait match was made"))
    if opened_that_day >= MANY_IN_A_DAY:
        odd.append(
            ngettext("%(count)d line opened that day", "%(count)d lines opened that day", opened_that_day)
            % {"count": opened_that_day}
        )
    return odd


def _opened(days: int) -> str:
    if days <= 0:
        return _("Opened today")
    return ngettext("Opened %(count)d day ago", "Opened %(count)d days ago", days) % {"count": days}


def details_of(registration: Registration) -> list[tuple[str, str]]:
    """Everything the carrier told us about one registration, as pairs."""
    checked = registration.identity_checked_on
    pairs: list[tuple[str, Any]] = [
        (_("Carrier"), registration.carrier.name),
        (_("Service"), registration.get_service_display()),
        (_("Plan"), registration.get_plan_display() or _("not said")),
        (_("Status"), registration.get_status_display()),
        (_("Active since"), _date(registration.activated_on)),
        (_("Ended"), _date(registration.ended_on)),
        (_("Registered"), registration.get_channel_display() or _("not said")),
        (_("District"), registration.outlet_district or _("not said")),
        (_("Identity check"), registration.get_identity_check_display() or _("not said")),
        (_("Checked on"), _date(checked)),
    ]
    return [(label, str(value)) for label, value in pairs if value]


def _date(day: datetime.date | None) -> str:
    return _written(day, get_language()) if day else ""


@functools.lru_cache(maxsize=2**13)
def _written(day: datetime.date, _language: str | None) -> str:
    """A day in words. A page of cards writes dozens, and each would take longer than the rest of its card."""
    return date_format(day, DATE)
