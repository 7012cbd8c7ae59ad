"""A filing in words: its review, and what is said when it is sent or cannot be."""

import dataclasses
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lookups.disputes import filing, questions, services, wording
from lookups.disputes.filing import Filing
from lookups.disputes.models import Dispute, Reason
from lookups.jurisdictions import rules
from lookups.registry.cards import card_of
from lookups.registry.models import Registration


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the review; ``change`` is the page that asks it, "" where it follows from others."""

    label: str
    value: str
    change: str = ""


def review(draft: Filing) -> dict[str, Any]:
    """Everything that is to be sent, line by line, and what happens then."""
    carriers = sorted({one.carrier.answered_by.name for one in draft.registrations})
    return {
        "rows": _rows(draft, carriers),
        "carriers": _listed(carriers),
        "count": len(draft.registrations),
        "asks_family": draft.asks_family_first,
        "undo_text": wording.family_rule() if draft.asks_family_first else _undo(),
        "back_url": draft.address(draft.before(filing.REVIEW)),
    }


def _rows(draft: Filing, carriers: list[str]) -> list[Row]:
    change = {page: f"{draft.address(page)}?change" for page in draft.pages}
    numbers = "\n".join(str(one.masked) for one in draft.registrations)
    label = ngettext("Number", "Numbers", len(draft.registrations))
    answers = [
        Row(str(one.label), one.said(draft.typed.get(one.name)) or _("You left it empty."), change[one.name])
        for one in questions.of(draft.reason)
    ]
    files = draft.draft.evidence.count() if draft.draft else 0
    attached = ngettext("%(count)d file", "%(count)d files", files) % {"count": files} if files else _("No files")
    choose = reverse("disputes:choose") if draft.typed.get(filing.CHOSEN) else ""
    return [
        Row(label, numbers, change.get(filing.OTHERS, choose)),
        Row(_("Goes to"), _listed(carriers)),
        Row(_("Reason"), str(dict(Reason.choices)[draft.reason]), change[filing.REASON]),
        *answers,
        Row(_("In your words"), draft.typed.get(filing.STATEMENT) or _("You wrote nothing."), change[filing.STATEMENT]),
        Row(_("Evidence"), attached, change[filing.EVIDENCE]),
        Row(_("They must answer"), _limit(draft)),
    ]


def _limit(draft: Filing) -> str:
    """The longest of the limits that count."""
    limits = [rules.current().time_limit(draft.reason, one.plan).answer_days for one in draft.registrations]
    days = max(limits)
    return ngettext("within %(days)d working day", "within %(days)d working days", days) % {"days": days}


def _undo() -> str:
    hours, minutes = divmod(round(services.undo_window().total_seconds() / 60), 60)
    if hours:
        return ngettext(
            "We wait %(hours)d hour before we send it. Until then you can take it back.",
            "We wait %(hours)d hours before we send it. Until then you can take it back.",
            hours,
        ) % {"hours": hours}
    if not minutes:
        return _("You can take it back for a moment before we send it.")
    return ngettext(
        "We wait %(minutes)d minute before we send it. Until then you can take it back.",
        "We wait %(minutes)d minutes before we send it. Until then you can take it back.",
        minutes,
    ) % {"minutes": minutes}


def _listed(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return _("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}


def named(registration: Registration) -> str:
    """One number in a list of choices."""
    card = card_of(registration)
    number = card.masked.replace(" ", "\N{NO-BREAK SPACE}")
    return " · ".join([number, card.carrier_name, *card.facts[:2]])


def filed(disputes: list[Dispute]) -> str:
    """What was filed, with its references."""
    names = {"reference": ", ".join(dispute.reference for dispute in disputes), "count": len(disputes)}
    if disputes[0].asks_family:
        return _("Kept. Nothing is sent before you say so. Your reference is %(reference)s.") % names
    return (
        ngettext(
            "Your dispute is filed. Your reference is %(reference)s.",
            "Your %(count)d disputes are filed. Your references are %(reference)s.",
            len(disputes),
        )
        % names
    )


def too_many(left: int) -> str:
    """Why not so many, and what can be done."""
    if not left:
        return _("You have disputed as many numbers as one person can in a day. What you typed is kept for a day.")
    return ngettext(
        "You can dispute %(count)d more number today. Choose fewer; the others can follow tomorrow.",
        "You can dispute %(count)d more numbers today. Choose fewer; the others can follow tomorrow.",
        left,
    ) % {"count": left}


def nothing_to_choose(left: int) -> str:
    """Why there is no list to choose from."""
    return _("There is no number that you can dispute now.") if left else too_many(0)


def too_soon() -> str:
    return _("A dispute about this number has only just ended. You can dispute it again a day after that.")


def changed() -> str:
    return _("Your answers were changed in another window. Read them once more before they go.")
