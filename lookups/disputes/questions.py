"""What is asked of whoever disputes a number: each reason has its own short path, one question a page.

Answers are kept by the names of questions and options, which never change; their words are the reader's.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lookups.disputes.models import Reason

Words = str | Promise
FAMILY = "family"
ASK_FIRST = "ask_first"
MAX_WORDS = 120


@dataclasses.dataclass(frozen=True)
class Question:
    """``asks`` is the page's heading, ``label`` the same in a summary. Without ``options`` it is answered in words."""

    name: str
    asks: Words
    label: Words
    hint: Words = ""
    options: tuple[tuple[str, Words], ...] = ()
    several: bool = False
    required: bool = True

    def said(self, answer: Any) -> str:
        """An answer in words; options that there are no longer are left as they were."""
        known = dict(self.options)
        chosen = answer if isinstance(answer, list) else [answer]
        return ", ".join(str(known.get(one, one)) for one in chosen if one)


@dataclasses.dataclass(frozen=True)
class Statement:
    """How a reason asks for the citizen's own words."""

    asks: Words
    hint: Words
    required: bool = False


_ROUGHLY = _("A month and a year are enough. If you do not know, leave it empty.")
_NO_NAMES = _("We do not need a name.")

PATHS: dict[str, tuple[Question, ...]] = {
    Reason.NEVER_MINE: (
        Question(
            FAMILY,
            _("Could somebody in your family use this number?"),
            _("Asked your family"),
            _("Parents, a partner or children sometimes take a line with your card. Their line may be cut off."),
            options=(
                ("nobody", _("No, nobody in my family uses it")),
                (ASK_FIRST, _("I want to ask my family first")),
            ),
        ),
    ),
    Reason.CANCEL: (
        Question(
            "used_by",
            _("Who uses this number now?"),
            _("Who uses it now"),
            _("Before it is gone, make sure that no bank or shop sends you codes to it."),
            options=(
                ("nobody", _("Nobody")),
                ("myself", _("I do, but I no longer need it")),
                ("other", _("Somebody else")),
            ),
        ),
    ),
    Reason.ALREADY_CANCELLED: (
        Question("cancelled_when", _("When did you cancel it?"), _("Cancelled"), _ROUGHLY, required=False),
        Question(
            "cancelled_how",
            _("How did you cancel it?"),
            _("How"),
            options=(
                ("outlet", _("At an outlet")),
                ("phone", _("By phone")),
                ("online", _("Online or in an app")),
                ("lapsed", _("I stopped paying or topping up")),
                ("other", _("In another way, or I do not remember")),
            ),
        ),
    ),
    Reason.GIVEN_AWAY: (
        Question(
            "given_to",
            _("Who has the number now?"),
            _("Who has it now"),
            _NO_NAMES,
            options=(
                ("family", _("Somebody in my family")),
                ("acquaintance", _("Somebody I know")),
                ("stranger", _("Somebody I do not know")),
                ("employer", _("My employer, now or earlier")),
            ),
        ),
        Question("given_when", _("When did you give it away?"), _("Given away"), _ROUGHLY, required=False),
    ),
    Reason.WRONG_DETAILS: (
        Question(
            "wrong_what",
            _("Which details are wrong?"),
            _("What is wrong"),
            _("Choose all that are."),
            options=(
                ("plan", _("The kind of service or plan")),
                ("date", _("When it began")),
                ("place", _("Where or how it was registered")),
                ("check", _("How my identity was checked")),
                ("status", _("Whether it is active")),
                ("other", _("Something else")),
            ),
            several=True,
        ),
    ),
    Reason.LOST_DOCUMENT: (
        Question(
            "document_what",
            _("What happened to the document?"),
            _("The document"),
            options=(
                ("lost", _("I lost it")),
                ("stolen", _("It was stolen")),
                ("copied", _("It was photographed or copied")),
                ("replaced", _("It is an old one, I have a new one")),
            ),
        ),
        Question("document_when", _("When was that?"), _("When"), _ROUGHLY, required=False),
    ),
}

_KEEP_OUT = _("Leave out ID numbers and bank details.")
_USUAL = Statement(
    _("Is there anything the carrier should know?"),
    _("You can leave this empty. Leave out ID numbers and bank details."),
)
STATEMENTS: dict[str, Statement] = {
    Reason.NEVER_MINE: Statement(
        _("What should the carrier know?"),
        _("For example where you were when it was opened. You can leave this empty. Leave out ID numbers."),
    ),
    Reason.WRONG_DETAILS: Statement(_("What should it say instead?"), _KEEP_OUT, required=True),
    Reason.LOST_DOCUMENT: Statement(
        _("What should the carrier know?"),
        _("For example whether you reported it, and where. You can leave this empty. Leave out ID numbers."),
    ),
}


def of(reason: str) -> tuple[Question, ...]:
    """The questions of one reason, in their order."""
    return PATHS.get(reason, ())


def statement_of(reason: str) -> Statement:
    return STATEMENTS.get(reason, _USUAL)


def particulars(reason: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Of all that was typed, the answers that belong to this reason: whoever changed it has answered others too."""
    return {question.name: typed[question.name] for question in of(reason) if typed.get(question.name)}


def pairs(reason: str, answers: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """The answers as pairs, in the reader's words."""
    given = answers or {}
    return [(str(one.label), one.said(given[one.name])) for one in of(reason) if given.get(one.name)]
