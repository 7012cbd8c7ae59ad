"""What a change is called, in sentences for the person it is about."""

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lookups.registry.cards import DATE
from lookups.registry.models import (
    ChangeKind,
    IdentityCheck,
    Plan,
    RegistrationChange,
    SalesChannel,
    Service,
    Status,
)

_TITLES = {
    ChangeKind.STARTED: gettext_lazy("First seen under your ID"),
    ChangeKind.CHANGED: gettext_lazy("Changed"),
    ChangeKind.ENDED: gettext_lazy("Ended"),
    ChangeKind.RETURNED: gettext_lazy("Came back under your ID"),
    ChangeKind.MISSING: gettext_lazy("No longer under your ID"),
}
_SENTENCES = {
    ChangeKind.STARTED: gettext_lazy("The carrier listed this number under your ID for the first time."),
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
    "channel": gettext_lazy("how it was registered"),
    "outlet_district": gettext_lazy("where it was registered"),
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


def first_seen() -> tuple[str, str]:
    """What was there from the start: title and sentence."""
    return str(_TITLES[ChangeKind.STARTED]), _("It was in the first report that this carrier gave us.")


def of_change(change: RegistrationChange) -> tuple[str, str]:
    """A title and a sentence; where facts changed, which, and what was said of them before."""
    kind = ChangeKind(change.kind)
    if kind != ChangeKind.CHANGED:
        return str(_TITLES[kind]), str(_SENTENCES[kind])
    columns = [column for column in _NAMES if column in change.before]
    if not columns:
        return str(_TITLES[kind]), _("The carrier changed what it says about this number.")
    names = ", ".join(str(_NAMES[column]) for column in columns)
    said = [_said(column, change.before[column]) for column in columns]
    if len(columns) > 1:
        said = [f"{words} ({_NAMES[column]})" for column, words in zip(columns, said, strict=True)]
    return _("The carrier changed: %(what)s") % {"what": names}, _("Before: %(said)s.") % {"said": "; ".join(said)}


def _said(column: str, value: str | None) -> str:
    if not value:
        return _("not said")
    if column.endswith("_on"):
        day = parse_date(value)
        return date_format(day, DATE) if day else value
    return str(_CHOICES.get(column, {}).get(value, value))
