"""A certificate in words: for the paper, and for the page where strangers check it. Never "you" for the person.

The page repeats neither the number nor the reason: whoever has the paper can read them there, and whoever typed a code
that they found learns nothing about anybody.
"""

import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from lookups.disputes import wording
from lookups.disputes.certificates import Paper
from lookups.disputes.models import DecidedBy, Dispute, Outcome, Reason
from lookups.disputes.states import ANSWERED, State
from lookups.jurisdictions import rules, working_days

FOUND = {
    Outcome.REMOVED.value: gettext_lazy("The number was removed from this person's ID."),
    Outcome.REMOVED_FRAUD.value: gettext_lazy("The number was removed from this person's ID: it was fraud."),
    Outcome.TRANSFERRED.value: gettext_lazy("The number was moved to the person who uses it."),
    Outcome.CONFIRMED.value: gettext_lazy("The number stays registered under this person's ID."),
    Outcome.MISROUTED.value: gettext_lazy("The number belongs to another carrier."),
    Outcome.CANNOT_DETERMINE.value: gettext_lazy("The carrier could not find out."),
}
# What a law or the regulator has found is for the carrier to do; whether it has is another question.
TO_DO = {
    Outcome.REMOVED.value: gettext_lazy("The number has to be removed from this person's ID."),
    Outcome.REMOVED_FRAUD.value: gettext_lazy("The number has to be removed from this person's ID: it was fraud."),
    Outcome.TRANSFERRED.value: gettext_lazy("The number has to be moved to the person who uses it."),
}
# Every state has words here; a test walks them all.
STANDS = {
    State.FAMILY.value: gettext_lazy("Not sent yet: the person who filed it asks their family first."),
    State.WAITING.value: gettext_lazy("Filed, and about to be sent to the carrier."),
    State.HANDED_OVER.value: gettext_lazy("Open. The carrier has it."),
    State.ACKNOWLEDGED.value: gettext_lazy("Open. The carrier has confirmed that it has it."),
    State.IN_REVIEW.value: gettext_lazy("Open. The carrier is looking into it."),
    State.PERSON_NEEDED.value: gettext_lazy("Open. The portal is sorting out which carrier has to answer."),
    State.NEEDS_INFORMATION.value: gettext_lazy("Open. The carrier has asked the person a question."),
    State.REOPENED.value: gettext_lazy("Open again: the carrier still lists what it said it had removed."),
    State.ESCALATED.value: gettext_lazy("Open. The regulator has it."),
    State.DECIDED.value: gettext_lazy("Answered."),
    State.CLOSED.value: gettext_lazy("Answered, and closed."),
    State.WITHDRAWN.value: gettext_lazy("Withdrawn by the person who filed it."),
    State.CANCELLED.value: gettext_lazy("Taken back by the person who filed it before it was sent."),
}
DECIDED = {
    DecidedBy.CARRIER.value: gettext_lazy("Answered by the carrier on %(day)s."),
    DecidedBy.REGULATOR.value: gettext_lazy("Decided by the regulator on %(day)s."),
    DecidedBy.SILENCE.value: gettext_lazy("Decided on %(day)s: the carrier did not answer in time."),
}


def standing(*, state: str, outcome: str, decided_by: str, decided_at: datetime.datetime | None) -> str:
    """Where a dispute stands, in one or two sentences. An answer counts until the regulator has it, or it reopened."""
    if outcome and decided_at and state in ANSWERED:
        decided = str(DECIDED[decided_by]) % {"day": _day(timezone.localtime(decided_at))}
        by_others = decided_by != DecidedBy.CARRIER
        return f"{decided} {TO_DO.get(outcome, FOUND[outcome]) if by_others else FOUND[outcome]}"
    return str(STANDS[state])


def standing_now(dispute: Dispute) -> str:
    return standing(
        state=dispute.state, outcome=dispute.outcome, decided_by=dispute.decided_by, decided_at=dispute.decided_at
    )


def on_the_page(paper: Paper) -> list[tuple[str, str]]:
    """What anybody who has the code is told, as pairs."""
    dispute = paper.row.dispute
    return [
        (_("Where the dispute stands today"), standing_now(dispute)),
        (_("Reference"), dispute.reference),
        (_("Carrier"), paper.stated["carrier"]),
        (_("Filed"), _moment(dispute.filed_at)),
        *([] if dispute.asks_family else [(_("Answer due"), _day(wording.due_day(dispute)))]),
        (_("This certificate was made"), _moment(paper.row.issued_at)),
    ]


def on_the_paper(paper: Paper) -> list[tuple[str, str]]:
    """What the paper states, as pairs."""
    stated = paper.stated
    country = rules.get(paper.row.dispute.rules["jurisdiction"])
    due = working_days.last_day(datetime.datetime.fromisoformat(stated["answer_by"]), country)
    pairs = [
        (_("Reference"), stated["reference"]),
        (_("Phone number"), stated["number"]),
        (_("Carrier"), stated["carrier"]),
        (_("Who answers for it"), stated["answering"] if stated["answering"] != stated["carrier"] else ""),
        (_("Reason given"), f"“{Reason(stated['reason']).label}”"),
        (_("Filed"), _moment(datetime.datetime.fromisoformat(stated["filed_at"]))),
        (_("Answer due"), "" if stated["state"] == State.FAMILY else _day(due)),
        (_("Status when made"), stated_standing(stated)),
    ]
    return [(label, words) for label, words in pairs if words]


def stated_standing(stated: dict[str, str]) -> str:
    decided_at = datetime.datetime.fromisoformat(stated["decided_at"]) if stated["decided_at"] else None
    return standing(
        state=stated["state"], outcome=stated["outcome"], decided_by=stated["decided_by"], decided_at=decided_at
    )


def made(paper: Paper) -> str:
    return _moment(paper.row.issued_at)


def _day(value: datetime.date) -> str:
    return date_format(value, pgettext("date pattern", "l j F Y"))


def _moment(value: datetime.datetime) -> str:
    """With the zone: a paper is read anywhere."""
    local = timezone.localtime(value)
    words = date_format(local, pgettext("date and time pattern", "l j F Y, H:i"))
    return f"{words} ({timezone.get_current_timezone_name()})"
