"""The states of a dispute and the moves between them: one table, and the only place that knows it.

``moves.move`` is the only writer of a dispute's state; it refuses what is not in ``MOVES`` and leaves a Step.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    FAMILY = "family", _("the citizen asks their family first")
    WAITING = "waiting", _("can still be taken back")
    HANDED_OVER = "handed_over", _("handed to the carrier")
    ACKNOWLEDGED = "acknowledged", _("received by the carrier")
    IN_REVIEW = "in_review", _("being looked into")
    NEEDS_INFORMATION = "needs_information", _("the carrier has a question")
    PERSON_NEEDED = "person_needed", _("needs a person at the portal")
    ESCALATED = "escalated", _("with the regulator")
    DECIDED = "decided", _("answered")
    WITHDRAWN = "withdrawn", _("withdrawn")
    REOPENED = "reopened", _("open again: the record is still there")
    CANCELLED = "cancelled", _("taken back")
    CLOSED = "closed", _("closed")


S = State

# With the carrier, whatever the carrier has made of it so far: it owes an answer.
AT_CARRIER = frozenset({S.HANDED_OVER, S.ACKNOWLEDGED, S.IN_REVIEW, S.NEEDS_INFORMATION, S.PERSON_NEEDED, S.REOPENED})
# The carrier waits for the citizen, and its clock stands still; not for ever (``clock``).
STOPPED = frozenset({S.NEEDS_INFORMATION})
# The carrier has the ticket, and has to do something about it.
WORKED_ON = frozenset({S.HANDED_OVER, S.ACKNOWLEDGED, S.IN_REVIEW})
# An answer is owed in these, even while the carrier cannot be reached; time runs where the clock does not stand still.
OWED = AT_CARRIER | {S.WAITING}
# An answer is there. What it said was removed has to be gone, or the dispute opens again.
ANSWERED = frozenset({S.DECIDED, S.CLOSED})
# Not over: one dispute per registration may be in one of these.
OPEN = frozenset({S.FAMILY, S.WAITING, S.ESCALATED, S.DECIDED}) | AT_CARRIER
OVER = frozenset({S.WITHDRAWN, S.CANCELLED, S.CLOSED})
# The carrier knows nothing of these, and nobody but their citizen sees them.
NEVER_SENT = frozenset({S.FAMILY, S.WAITING, S.CANCELLED})

MOVES: dict[State, frozenset[State]] = {
    S.FAMILY: frozenset({S.WAITING, S.CANCELLED}),
    S.WAITING: frozenset({S.FAMILY, S.HANDED_OVER, S.CANCELLED, S.PERSON_NEEDED, S.WITHDRAWN, S.ESCALATED}),
    S.HANDED_OVER: frozenset(
        {S.ACKNOWLEDGED, S.IN_REVIEW, S.NEEDS_INFORMATION, S.PERSON_NEEDED, S.DECIDED, S.WITHDRAWN, S.ESCALATED}
    ),
    S.ACKNOWLEDGED: frozenset({S.IN_REVIEW, S.NEEDS_INFORMATION, S.PERSON_NEEDED, S.DECIDED, S.WITHDRAWN, S.ESCALATED}),
    S.IN_REVIEW: frozenset({S.NEEDS_INFORMATION, S.PERSON_NEEDED, S.DECIDED, S.WITHDRAWN, S.ESCALATED}),
    S.NEEDS_INFORMATION: frozenset({S.IN_REVIEW, S.PERSON_NEEDED, S.DECIDED, S.WITHDRAWN, S.ESCALATED}),
    S.PERSON_NEEDED: frozenset(
        {S.HANDED_OVER, S.ACKNOWLEDGED, S.IN_REVIEW, S.NEEDS_INFORMATION, S.DECIDED, S.WITHDRAWN, S.ESCALATED}
    ),
    S.REOPENED: frozenset(
        {
            S.HANDED_OVER,
            S.ACKNOWLEDGED,
            S.IN_REVIEW,
            S.NEEDS_INFORMATION,
            S.PERSON_NEEDED,
            S.DECIDED,
            S.WITHDRAWN,
            S.ESCALATED,
        }
    ),
    S.ESCALATED: frozenset({S.DECIDED, S.WITHDRAWN}),
    S.DECIDED: frozenset({S.CLOSED, S.ESCALATED, S.REOPENED}),
    S.WITHDRAWN: frozenset(),
    S.CANCELLED: frozenset(),
    S.CLOSED: frozenset({S.REOPENED}),
}


def allowed(before: str, after: str) -> bool:
    """May a dispute go from ``before`` to ``after``?"""
    return State(after) in MOVES[State(before)]
