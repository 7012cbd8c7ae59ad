"""What happened in a dispute and what comes next, to its citizen: read from top to bottom, it is a letter."""

import dataclasses
import datetime
from collections.abc import Iterator

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lookups.carriers.transports import contract
from lookups.disputes import clock
from lookups.disputes.models import Dispute, Outcome, Step, StepActor
from lookups.disputes.wording import DAY_FORMAT, date_words, evidence_pairs, family_rule
from lookups.jurisdictions import working_days


@dataclasses.dataclass(frozen=True)
class Moment:
    """One entry; ``tone`` is done, now or next; ``pairs`` is what an earlier answer rested on."""

    when: datetime.datetime | None
    title: str
    text: str
    tone: str
    pairs: list[tuple[str, str]] = dataclasses.field(default_factory=list)


def of(dispute: Dispute) -> list[Moment]:
    """What happened, then what comes next. The latest thing is "now" while something is still to come."""
    coming = _coming(dispute)
    happened = list(_happened(dispute))
    if coming and happened:
        happened[-1] = dataclasses.replace(happened[-1], tone="now")
    return happened + coming


def _happened(dispute: Dispute) -> Iterator[Moment]:
    """Each step, with the carrier that had the dispute then and, where it is the present ticket, its id."""
    steps = list(dispute.steps.all())
    handovers = list(dispute.handovers.select_related("carrier").order_by("hop"))
    carrier = handovers[0].carrier.name if handovers else dispute.carrier.name
    newest = max((step.position for step in steps if step.why == "handed_over"), default=0)
    # The answer that stands above the timeline.
    answer = max((step.position for step in steps if step.why.startswith("decided_")), default=0)
    for step in steps:
        is_answer = dispute.is_decided and step.position == answer
        if step.why in _SENT_ON:
            carrier = step.note or dispute.carrier.name
        ticket = handovers[-1].remote_id if handovers and step.position == newest else ""
        title, text = _words(dispute, step, carrier, ticket, is_answer=is_answer)
        yield Moment(step.at, title, text, "done", [] if is_answer else evidence_pairs(step.rests_on or {}))


_SENT_ON = frozenset({"routed", "forwarded"})  # their note is the name of the carrier that has it from then on


def _words(dispute: Dispute, step: Step, carrier: str, ticket: str, *, is_answer: bool) -> tuple[str, str]:
    names = {"carrier": carrier, "ticket": ticket, "reason": dispute.get_reason_display()}
    note = step.note or ""
    names["share"] = note
    if step.why.startswith("decided_"):
        return _who_decided(step) % names, _decided_words(step, is_answer=is_answer)
    if step.why.startswith("late_"):
        return _("%(carrier)s answered too late") % names, _late_words(dispute, step)
    if step.why in _CHECKED:
        found = {"carrier": dispute.registered_with.name, "day": date_words(note)}
        return str(_CHECKED[step.why][0]), str(_CHECKED[step.why][1]) % found
    if step.why == "ordered":
        ordered = " ".join(part for part in (_order_words(dispute), note) if part)
        return _("The regulator ordered %(carrier)s to correct its records") % names, ordered
    if step.why == "not_passed_on":
        return str(_NOT_PASSED_ON.get(note, _NOT_PASSED_ON[contract.NOTE])) % names, _("A person at the portal looks.")
    words = {
        "filed": (_("You said: %(reason)s"), ""),
        "family_first": (_("You wanted to ask your family first"), _("Nothing was sent.")),
        "family_asked": (_("You asked your family, and went on"), ""),
        "family_silent": (_("The time to ask your family was over"), _("Nothing was sent. You can dispute it again.")),
        "handed_over": (_("We handed it to %(carrier)s"), _("Their ticket is %(ticket)s.") if ticket else ""),
        "acknowledged": (_("%(carrier)s received it"), ""),
        "in_review": (_("%(carrier)s started to look into it"), ""),
        "asked": (_("%(carrier)s asks you something"), note),
        "unanswered": (
            _("Their question is still open, and their time runs again"),
            _("You can still answer it. If you do not, %(carrier)s has to answer with what it has."),
        ),
        "reminded": (_("We reminded %(carrier)s"), _("%(share)s percent of their time was over.")),
        "replied": (_("You answered their question"), note),
        "said_more": (_("You wrote more about it"), note),
        "evidence_added": (_("You added a file"), ""),
        "withdrawn": (_("You withdrew it"), _("Nothing more will happen. You can dispute the number again.")),
        "cancelled": (_("You took it back"), _("%(carrier)s never heard of it.")),
        "accepted": (_("You accepted the answer"), _("The dispute is closed.")),
        "appealed": (_("You took it to the regulator"), note),
        "late": (_("%(carrier)s did not answer in time"), _("Your case went to the regulator by itself.")),
        "routed": (_("A person at the portal sent it to %(carrier)s"), ""),
        "forwarded": (_("We sent it on to %(carrier)s"), _("The time limit did not begin anew.")),
        "misrouted": (_("%(carrier)s says it is not their number"), _("We are finding out whose it is.")),
        "undeliverable": (_("We could not reach %(carrier)s"), _("A person at the portal looks into it.")),
        "answer_incomplete": (
            _("%(carrier)s answered without saying what the answer rests on"),
            _("We do not take that as an answer. A person at the portal asks again."),
        ),
        "person_needed": (_("%(carrier)s ended its ticket without an answer"), _("A person at the portal asks again.")),
    }
    title, text = words.get(step.why, (str(step.get_after_display()), note))
    # What people wrote is never used as a pattern.
    return title % names, text if text == note else text % names


# What the check of the carrier's feeds found; the step's note is the day that the feed describes.
_CHECKED = {
    "gone": (
        gettext_lazy("We checked: it is gone"),
        gettext_lazy("%(carrier)s did not list it any more on %(day)s. If it comes back, we open this dispute again."),
    ),
    "still_there": (
        gettext_lazy("We opened your dispute again"),
        gettext_lazy("The record was still there on %(day)s, in what %(carrier)s reports to us."),
    ),
    "there_again": (
        gettext_lazy("We opened your dispute again"),
        gettext_lazy("The record was there again on %(day)s, in what %(carrier)s reports to us."),
    ),
}

# The step's note is the kind of the message.
_NOT_PASSED_ON = {
    contract.NOTE: gettext_lazy("We could not pass a message on to %(carrier)s yet"),
    contract.EVIDENCE: gettext_lazy("We could not tell %(carrier)s about your files yet"),
    contract.ORDER: gettext_lazy("We could not deliver the regulator's order to %(carrier)s yet"),
    contract.WITHDRAW: gettext_lazy("We could not tell %(carrier)s yet that you withdrew it"),
    contract.CLOSE: gettext_lazy("We could not tell %(carrier)s yet that it is closed"),
}


def _who_decided(step: Step) -> str:
    if step.actor == StepActor.REGULATOR:
        return _("The regulator decided")
    if step.actor == StepActor.PORTAL:
        return _("%(carrier)s did not answer in time, so it is decided for you")
    return _("%(carrier)s answered")


def _decided_words(step: Step, *, is_answer: bool) -> str:
    """What was found; of an answer that is no longer the present one also its words, which stand nowhere else."""
    return _found(step) if is_answer or not step.note else f"{_found(step)}. {step.note}"


def _late_words(dispute: Dispute, step: Step) -> str:
    rest = _("It changes nothing: you had withdrawn it.") if dispute.is_withdrawn else _("The regulator reads it.")
    return " ".join(part for part in (f"{_found(step)}.", step.note or "", rest) if part)


def _found(step: Step) -> str:
    return str(dict(Outcome.choices).get(step.why.partition("_")[2].upper(), ""))


def _order_words(dispute: Dispute) -> str:
    if not dispute.gone_by:
        return ""
    day = date_format(working_days.last_day(dispute.gone_by, clock.country_of(dispute)), DAY_FORMAT)
    return _("The record has to come off your ID by %(day)s. We check it.") % {"day": day}


def _coming(dispute: Dispute) -> list[Moment]:
    names = {"carrier": dispute.carrier.name}
    answer = Moment(
        None,
        _("Their answer, with reasons"),
        _("Removed, or kept with the proof they rely on. Then it is your turn: accept it or take it to the regulator."),
        "next",
    )
    if dispute.asks_family:
        return [Moment(None, _("You tell us what your family said"), family_rule(), "next")]
    if dispute.can_cancel:
        return [Moment(None, _("We hand it to %(carrier)s") % names, "", "next"), answer]
    if dispute.is_waiting:
        trying = _("We keep trying until %(carrier)s has it. You need do nothing.") % names
        return [Moment(None, _("We are handing it to %(carrier)s") % names, trying, "next"), answer]
    if dispute.can_rule:
        return [Moment(None, _("The regulator's decision"), _("An officer looks at the whole history."), "next")]
    if dispute.is_at_carrier:
        return [answer]
    if dispute.awaits_proof:
        return [_proof_to_come(dispute)]
    return []


def _proof_to_come(dispute: Dispute) -> Moment:
    names = {
        "carrier": dispute.registered_with.name,
        "day": date_format(working_days.last_day(dispute.gone_by, clock.country_of(dispute)), DAY_FORMAT)
        if dispute.gone_by
        else "",
    }
    text = _("We look at the first report of %(carrier)s after %(day)s. If it is still there, we open this again.")
    return Moment(None, _("We check that it is really gone"), text % names, "next")
