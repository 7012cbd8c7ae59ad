"""A dispute in words: headline, clock, answer. Pages show these; none of them compares a state."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lookups.disputes import clock as standstill
from lookups.disputes import questions
from lookups.disputes.models import DecidedBy, Dispute, Outcome
from lookups.disputes.states import State
from lookups.jurisdictions import rules, working_days
from lookups.registry.models import IdentityCheck, Plan, SalesChannel, Service

DAY_FORMAT = "l j F Y"


@dataclass(frozen=True)
class Clock:
    """How much of the time is left. ``share`` is what has passed, in percent."""

    title: str
    sentence: str
    share: int
    is_late: bool
    source: str = ""


def headline(dispute: Dispute) -> str:
    """The dispute as one sentence: who does what with which number."""
    sentences = {
        State.FAMILY: _("You are asking your family about %(number)s"),
        State.WAITING: _("Your dispute about %(number)s is about to leave"),
        State.HANDED_OVER: _("%(carrier)s has your dispute about %(number)s"),
        State.ACKNOWLEDGED: _("%(carrier)s has received your dispute about %(number)s"),
        State.IN_REVIEW: _("%(carrier)s is looking into %(number)s"),
        State.NEEDS_INFORMATION: _("%(carrier)s has a question about %(number)s"),
        State.REOPENED: _("%(number)s is still under your ID: %(carrier)s must answer again"),
        State.PERSON_NEEDED: _("We are sorting out your dispute about %(number)s"),
        State.ESCALATED: _("The regulator has your dispute about %(number)s"),
        State.WITHDRAWN: _("You withdrew your dispute about %(number)s"),
        State.CANCELLED: _("You took back your dispute about %(number)s"),
    }
    names = {"carrier": dispute.carrier.name, "number": dispute.masked}
    if dispute.decided_by == DecidedBy.SILENCE and not dispute.can_rule:
        return _("%(carrier)s stayed silent: %(number)s has to come off your ID") % names
    if dispute.decided_by == DecidedBy.REGULATOR and dispute.outcome in _RULED:
        return str(_RULED[dispute.outcome]) % names
    if dispute.is_decided and not dispute.can_rule:
        return _OUTCOME_HEADLINES[dispute.outcome]() % names
    return sentences.get(State(dispute.state), _("Your dispute about %(number)s")) % names


_OUTCOME_HEADLINES = {
    Outcome.REMOVED.value: lambda: _("%(number)s is removed from your ID"),
    Outcome.REMOVED_FRAUD.value: lambda: _("%(number)s is removed from your ID: it was fraud"),
    Outcome.TRANSFERRED.value: lambda: _("%(number)s was moved to the person who uses it"),
    Outcome.CONFIRMED.value: lambda: _("%(carrier)s says that %(number)s is yours"),
    Outcome.MISROUTED.value: lambda: _("%(carrier)s says that %(number)s is not theirs"),
    Outcome.CANNOT_DETERMINE.value: lambda: _("%(carrier)s could not find out about %(number)s"),
}


_RULED = {
    Outcome.REMOVED.value: gettext_lazy("The regulator decided: %(number)s has to come off your ID"),
    Outcome.REMOVED_FRAUD.value: gettext_lazy(
        "The regulator decided: %(number)s has to come off your ID, it was fraud"
    ),
    Outcome.TRANSFERRED.value: gettext_lazy("The regulator decided: %(number)s has to be moved to who uses it"),
    Outcome.CONFIRMED.value: gettext_lazy("The regulator found that %(number)s is yours"),
    Outcome.CANNOT_DETERMINE.value: gettext_lazy("The regulator could not find out about %(number)s"),
}


def due_day(dispute: Dispute) -> datetime.date:
    """The last day on which an answer is in time."""
    return working_days.last_day(dispute.answer_by, rules.get(dispute.rules["jurisdiction"]))


def days_left(dispute: Dispute) -> int:
    """Working days until the due day, today not counted, the due day counted; negative when it has passed."""
    if dispute.is_stopped:
        return standstill.days_left_when_stopped(dispute)
    country = rules.get(dispute.rules["jurisdiction"])
    today, due = working_days.local_day(timezone.now(), country), due_day(dispute)
    if due >= today:
        return working_days.between(today, due, country)
    return -max(1, working_days.between(due, today, country))


def time_left(dispute: Dispute) -> str:
    """ "5 working days left", "answer due today", "2 working days late", "the clock stands still: 2 …"."""
    left = days_left(dispute)
    if dispute.is_stopped:
        words = ngettext(
            "The clock stands still: %(count)d working day left",
            "The clock stands still: %(count)d working days left",
            left,
        )
        return words % {"count": left}
    if left > 0:
        return ngettext("%(count)d working day left", "%(count)d working days left", left) % {"count": left}
    if left == 0:
        return _("The answer is due today")
    return ngettext("%(count)d working day late", "%(count)d working days late", -left) % {"count": -left}


def clock(dispute: Dispute) -> Clock | None:
    """The carrier's time as the citizen sees it; None once an answer is there, or none is owed."""
    if not dispute.is_owed:
        return None
    late = not dispute.is_stopped and timezone.now() >= dispute.answer_by
    sources = " ".join(part for part in (limit_source(dispute), standstill_source(dispute)) if part)
    return Clock(time_left(dispute), _clock_sentence(dispute, late=late), _share(dispute), late, sources)


def _clock_sentence(dispute: Dispute, *, late: bool) -> str:
    names = {"day": date_format(due_day(dispute), DAY_FORMAT), "carrier": dispute.carrier.name}
    if dispute.is_stopped:
        return _stopped_sentence(dispute, names)
    if late:
        return _("%(carrier)s had to answer by %(day)s. Your case goes to the regulator by itself.") % names
    then = (
        _("%(carrier)s must answer by %(day)s. If they do not, it is decided for you.")
        if dispute.rules.get("silence_decides")
        else _("%(carrier)s must answer by %(day)s. If they do not, your case goes to the regulator by itself.")
    )
    return f"{then % names} {_receipt(dispute)}".strip()


def _stopped_sentence(dispute: Dispute, names: dict[str, str]) -> str:
    """Why it stands still, and how long that can last."""
    until = working_days.last_day(dispute.stopped_until or timezone.now(), standstill.country_of(dispute))
    words = _(
        "%(carrier)s waits for your answer. Their time goes on when you have answered, and at the latest after "
        "%(until)s: then they have to answer with what they have."
    )
    return words % (names | {"until": date_format(until, DAY_FORMAT)})


def _receipt(dispute: Dispute) -> str:
    """By when the carrier has to say that it has it, while it has not."""
    if not (dispute.can_acknowledge and dispute.acknowledge_by):
        return ""
    day = working_days.last_day(dispute.acknowledge_by, standstill.country_of(dispute))
    return _("They must confirm by %(day)s that they have it.") % {"day": date_format(day, DAY_FORMAT)}


def limit_source(dispute: Dispute) -> str:
    """Where the time limit is written."""
    days = dispute.rules["answer_days"]
    limit = ngettext("Time limit: %(days)d working day", "Time limit: %(days)d working days", days) % {"days": days}
    if not dispute.rules["in_law"]:
        return limit + ". " + _("No law names a time limit here, so the portal's own counts.")
    return limit + ". " + _("Source: %(source)s.") % {"source": dispute.rules["source"]}


def standstill_source(dispute: Dispute) -> str:
    """How long the clock may stand still, and where that is written; "" while it does not."""
    if not dispute.is_stopped:
        return ""
    days = standstill.standstill_days(dispute)
    words = ngettext(
        "For all questions together it stands still for %(days)d working day at most (%(source)s).",
        "For all questions together it stands still for %(days)d working days at most (%(source)s).",
        days,
    )
    return words % {"days": days, "source": dispute.rules.get("standstill_source") or _("the portal's own limit")}


def _share(dispute: Dispute) -> int:
    """How much of the working days is over, in percent."""
    days = int(dispute.rules["answer_days"])
    return max(0, min(100, round(100 * (1 - max(0, days_left(dispute)) / days))))


def told(dispute: Dispute) -> list[tuple[str, str]]:
    """What the citizen told us, as pairs, to the citizen."""
    words = dispute.statement or _("You wrote nothing.")
    asked = questions.pairs(dispute.reason, dispute.particulars)
    return [(_("Reason"), str(dispute.get_reason_display())), *asked, (_("In your words"), words)]


def answer(dispute: Dispute) -> dict[str, Any] | None:
    """The answer: title, the words of whoever decided, and the evidence as pairs; None while there is none."""
    if not dispute.is_decided:
        return None
    return {
        "title": str(_ANSWERED[dispute.decided_by]),
        "text": dispute.answer or _silence_words(dispute),
        "evidence": evidence_pairs(dispute.evidence or {}),
    }


_ANSWERED = {
    DecidedBy.CARRIER.value: gettext_lazy("Their answer"),
    DecidedBy.REGULATOR.value: gettext_lazy("The regulator's decision"),
    DecidedBy.SILENCE.value: gettext_lazy("Decided without their answer"),
}


def _silence_words(dispute: Dispute) -> str:
    if dispute.decided_by != DecidedBy.SILENCE:
        return ""
    words = _(
        "%(carrier)s did not answer in time, and by the rules here that settles it: the record has to come off your "
        "ID. The line itself is cut only after its user was checked. Source: %(source)s."
    )
    return words % {"carrier": dispute.carrier.name, "source": dispute.rules["silence_decides"]}


def evidence_pairs(evidence: dict[str, str]) -> list[tuple[str, str]]:
    """The registration evidence of an answer, as pairs in the reader's words."""
    labels = {
        "registered_on": _("Registered on"),
        "channel": _("How"),
        "outlet": _("Where"),
        "identity_check": _("Identity check"),
        "document_kind": _("Document shown"),
    }
    return [(label, _evidence_words(key, evidence[key])) for key, label in labels.items() if evidence.get(key)]


def _evidence_words(key: str, said: str) -> str:
    """One piece of evidence in the reader's words; what a carrier says in its own words stays as it is."""
    known = {"channel": dict(SalesChannel.choices), "identity_check": dict(IdentityCheck.choices)}
    if key == "registered_on":
        return date_words(said)
    return str(known.get(key, {}).get(said, said))


def date_words(said: str) -> str:
    """An ISO date in words; what is none stays as it is."""
    try:
        return date_format(datetime.date.fromisoformat(said[:10]), "j F Y")
    except ValueError:
        return said


def registration_pairs(frozen: dict[str, str]) -> list[tuple[str, str]]:
    """The registration as it stood at filing, as pairs; the number is left to the page."""
    service = str(dict(Service.choices).get(frozen["service"], frozen["service"]))
    plan = str(dict(Plan.choices).get(frozen["plan"], ""))
    since = date_format(datetime.date.fromisoformat(frozen["activated_on"]), "j F Y")
    where = ", ".join(
        part for part in (str(dict(SalesChannel.choices).get(frozen["channel"], "")), frozen["outlet_district"]) if part
    )
    check = str(dict(IdentityCheck.choices).get(frozen["identity_check"], ""))
    pairs = [(_("Service"), ", ".join(part for part in (service, plan) if part)), (_("Active since"), since)]
    return pairs + [(label, text) for label, text in ((_("Registered"), where), (_("Identity check"), check)) if text]


def short(dispute: Dispute) -> str:
    """What a card says of its dispute: who has it."""
    names = {"carrier": dispute.carrier.name}
    if dispute.can_rule:
        return _("You disputed this: the regulator has it")
    if dispute.is_decided:
        return _("You disputed this: there is an answer")
    if dispute.asks_family:
        return _("You are asking your family about this")
    if dispute.is_waiting:
        return _("You disputed this: it is about to leave")
    return _("You disputed this: %(carrier)s has it") % names


def family_rule() -> str:
    """What happens while a family is being asked."""
    days = rules.current().caps.family_days
    sentence = _("You have %(days)d days. Nothing is sent and no time limit runs. After that we drop it and tell you.")
    return sentence % {"days": days}
