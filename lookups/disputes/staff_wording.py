"""A dispute in words for those who work on it: shorter, and never "your"."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lookups.disputes import questions, wording
from lookups.disputes.models import Dispute, Outcome

OUTCOMES = {
    Outcome.REMOVED.value: gettext_lazy("Removed from this ID"),
    Outcome.REMOVED_FRAUD.value: gettext_lazy("Removed from this ID: it was fraud"),
    Outcome.TRANSFERRED.value: gettext_lazy("Moved to the person who uses it"),
    Outcome.CONFIRMED.value: gettext_lazy("Kept under this ID"),
    Outcome.MISROUTED.value: gettext_lazy("Not our number"),
    Outcome.CANNOT_DETERMINE.value: gettext_lazy("We could not find out"),
}


# These steps tell something besides the state. The note of a check is the day that the carrier's feed describes.
_BESIDES = {
    "evidence_added": gettext_lazy("added a file"),
    "gone": gettext_lazy("checked: the feed no longer lists it"),
    "still_there": gettext_lazy("open again: the feed still lists it"),
    "there_again": gettext_lazy("open again: the feed lists it again"),
}


@dataclass(frozen=True)
class Line:
    """One line of the history table."""

    when: datetime
    who: str
    what: str
    note: str


def claim(dispute: Dispute) -> list[tuple[str, str]]:
    """What the citizen says, as pairs."""
    said = dispute.statement or _("No words were added.")
    asked = questions.pairs(dispute.reason, dispute.particulars)
    return [(_("Reason"), str(dispute.get_reason_display())), *asked, (_("In the citizen's words"), said)]


def due(dispute: Dispute) -> wording.Clock | None:
    """The time left and the last day, without the citizen's explanations; None where no answer is owed."""
    clock = wording.clock(dispute)
    if clock is None:
        return None
    day = date_format(wording.due_day(dispute), wording.DAY_FORMAT)
    source = "" if dispute.rules["in_law"] else " " + _("(The portal's own limit: no law names one.)")
    sentence = _("Answer by %(day)s; after that it goes to the regulator by itself.") % {"day": day} + source
    return wording.Clock(clock.title, sentence, clock.share, clock.is_late)


def history(dispute: Dispute) -> list[Line]:
    """Every step, oldest first."""
    return [
        Line(
            step.at,
            str(step.get_actor_display()),
            _("filed") if not step.before else str(_BESIDES.get(step.why, step.get_after_display())),
            step.note or "",
        )
        for step in dispute.steps.all()
    ]
