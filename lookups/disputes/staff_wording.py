"""A dispute in words for those who work on it: shorter, and never "your"."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lookups.disputes import questions, wording
from lookups.disputes.models import Dispute, Outcome, Step
from lookups.jurisdictions import rules, working_days

OUTCOMES = {
    Outcome.REMOVED.value: gettext_lazy("Removed from this ID"),
    Outcome.REMOVED_FRAUD.value: gettext_lazy("Removed from this ID: it was fraud"),
    Outcome.TRANSFERRED.value: gettext_lazy("Moved to the person who uses it"),
    Outcome.CONFIRMED.value: gettext_lazy("Kept under this ID"),
    Outcome.MISROUTED.value: gettext_lazy("Not our number"),
    Outcome.CANNOT_DETERMINE.value: gettext_lazy("We could not find out"),
}


# These steps tell something besides the state. The note of a check is the day that the carrier's feed describes, of a
# reminder the share of the time.
_BESIDES = {
    "evidence_added": gettext_lazy("added a file"),
    "said_more": gettext_lazy("wrote more"),
    "unanswered": gettext_lazy("the question was not answered in time: the clock runs again"),
    "ordered": gettext_lazy("ordered: correct the record"),
    "routed": gettext_lazy("sent to another carrier by a person"),
    "forwarded": gettext_lazy("sent on to the carrier that was named"),
    "not_passed_on": gettext_lazy("could not be delivered: a message"),
    "gone": gettext_lazy("checked: the feed no longer lists it"),
    "still_there": gettext_lazy("open again: the feed still lists it"),
    "there_again": gettext_lazy("open again: the feed lists it again"),
    "reminded": gettext_lazy("the carrier was reminded: time over"),
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
    if dispute.is_stopped:
        sentence = _(
            "The clock stands still until the citizen has answered, at the latest until the end of %(until)s. Each "
            "working day of that moves the due day, %(day)s, by one."
        )
    elif dispute.rules.get("silence_decides"):
        sentence = _("Answer by %(day)s; after that it is decided for the citizen.")
    else:
        sentence = _("Answer by %(day)s; after that it goes to the regulator by itself.")
    country = rules.get(dispute.rules["jurisdiction"])
    until = working_days.last_day(dispute.stopped_until, country) if dispute.stopped_until else None
    names = {"day": day, "until": date_format(until, wording.DAY_FORMAT) if until else ""}
    words = [sentence % names, *_receipt(dispute), clock.source]
    return wording.Clock(clock.title, " ".join(words), clock.share, clock.is_late)


def _receipt(dispute: Dispute) -> list[str]:
    """By when to acknowledge, while that is to be done, and whose rule that is."""
    if not (dispute.can_acknowledge and dispute.acknowledge_by):
        return []
    country = rules.get(dispute.rules["jurisdiction"])
    day = date_format(working_days.last_day(dispute.acknowledge_by, country), wording.DAY_FORMAT)
    source = dispute.rules.get("acknowledge_source") or _("the portal's own limit")
    return [_("Acknowledge by %(day)s (%(source)s).") % {"day": day, "source": source}]


def history(dispute: Dispute) -> list[Line]:
    """Every step, oldest first."""
    return [
        Line(
            step.at,
            str(step.get_actor_display()),
            _("filed") if not step.before else _what(step),
            _note(step),
        )
        for step in dispute.steps.all()
    ]


def _what(step: Step) -> str:
    """What happened; of an answer also what was found."""
    kind, _line, outcome = step.why.partition("_")
    found = OUTCOMES.get(outcome.upper())
    if kind == "late" and found:
        return _("answered too late: %(found)s") % {"found": found}
    if kind == "decided" and found:
        return f"{step.get_after_display()}: {found}"
    return str(_BESIDES.get(step.why, step.get_after_display()))


def _note(step: Step) -> str:
    """The words of it, and what an answer rested on."""
    if step.why == "reminded":
        return f"{step.note} %"
    rested = [f"{label}: {said}" for label, said in evidence_of(step.rests_on or {})]
    return "\n".join(part for part in (step.note or "", *rested) if part)


def rests_on(dispute: Dispute) -> list[tuple[str, str]]:
    """What the present answer rests on, and by when it has to be true."""
    return evidence_of(dispute.evidence or {}) + to_correct(dispute)


def to_correct(dispute: Dispute) -> list[tuple[str, str]]:
    """By when the carrier's records have to show what was found, as long as they do not."""
    if not (dispute.awaits_proof and dispute.gone_by):
        return []
    day = working_days.last_day(dispute.gone_by, rules.get(dispute.rules["jurisdiction"]))
    return [(_("The record has to be gone by"), date_format(day, wording.DAY_FORMAT))]


def evidence_of(evidence: dict[str, str]) -> list[tuple[str, str]]:
    """What an answer rests on, as staff see it: also how the line's user was verified anew."""
    verified = evidence.get("reverification")
    pairs = wording.evidence_pairs(evidence)
    return [*pairs, (_("The line's user was verified anew"), verified)] if verified else pairs
