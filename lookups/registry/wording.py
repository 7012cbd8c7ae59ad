"""What a change is called, in sentences for the person it is about."""

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lookups.registry.models import (
    ChangeKind,
    IdentityCheck,
    Plan,
    RegistrationChange,
    SalesChannel,
    Service,
    Status,
)

_SENTENCES = {
    ChangeKind.STARTED: gettext_lazy("The carrier listed this number under your ID for the first time."),
    ChangeKind.CHANGED: gettext_lazy("The carrier changed what it says about this number."),
    ChangeKind.ENDED: gettext_lazy("The carrier said that the line has ended."),
    ChangeKind.RETURNED: gettext_lazy("The carrier listed this number under your ID again after it had ended."),
    ChangeKind.MISSING: gettext_lazy("The carrier no longer lists this number under your ID."),
}
_NAMES = {
    "service": gettext_lazy("service"),
    "plan": gettext_lazy("plan"),
    "status": gettext_lazy("status"),
    "activated_on": gettext_lazy("active since"),
    "ended_on": gettext_lazy("ended on"),
    "channel": gettext_lazy("registered"),
    "outlet_district": gettext_lazy("where"),
    "identity_check": gettext_lazy("identity check"),
    "identity_checked_on": gettext_lazy("identity checked on"),
}
_CHOICES = {
    "service": dict(Service.choices),
    "plan": dict(Plan.choices),
    "status": dict(Status.choices),
    "channel": dict(SalesChannel.choices),
    "identity_check": dict(IdentityCheck.choices),
}


def of_change(change: RegistrationChange) -> str:
    """The sentence, and where facts changed, what was said before."""
    sentence = str(_SENTENCES[ChangeKind(change.kind)])
    if change.kind != ChangeKind.CHANGED:
        return sentence
    before = [
        f"{_NAMES[column]}: {_said(column, value)}" for column, value in change.before.items() if column in _NAMES
    ]
    return f"{sentence} {_('Before: %s.') % '; '.join(sorted(before))}" if before else sentence


def _said(column: str, value: str | None) -> str:
    if not value:
        return _("not said")
    if column.endswith("_on"):
        day = parse_date(value)
        return date_format(day) if day else value
    return str(_CHOICES.get(column, {}).get(value, value))
