"""What an answer has to rest on, and what follows from it. A finding is about the record; it cuts no line (S22)."""

import datetime
import re
from collections.abc import Mapping

from django.utils import timezone

from lookups.disputes.models import Dispute, Outcome
from lookups.jurisdictions import rules, working_days
from lookups.registry.models import IdentityCheck

# What may end in a line being cut: somebody uses it, and it may be the very person who complains.
REMOVALS = frozenset({Outcome.REMOVED, Outcome.REMOVED_FRAUD})
# After these the record is no longer under this person, and the carrier's feeds have to show it.
GONE = REMOVALS | {Outcome.TRANSFERRED}
# More digits in a row than the name of a kind of document has: somebody's number.
_NUMBER = re.compile(r"\d{5}")


class EvidenceMissing(Exception):
    """An outcome without what it has to rest on."""


def require(outcome: str, *, answer: str, evidence: Mapping[str, str], by_clerk: bool) -> None:
    """Raises EvidenceMissing where an answer lacks what it has to rest on.

    A clerk notes how the user of a line was verified anew before it is removed; a carrier's system has no word for it.
    """
    if not answer.strip():
        raise EvidenceMissing("an answer needs its reason in words")
    if outcome == Outcome.CONFIRMED and (missing := missing_of(evidence)):
        raise EvidenceMissing(f"CONFIRMED needs the registration it rests on: {', '.join(missing)}")
    if by_clerk and outcome in REMOVALS and not evidence.get("reverification"):
        raise EvidenceMissing("removing needs a note of how the user of the line was verified anew")


def missing_of(evidence: Mapping[str, str]) -> list[str]:
    """What of when, where, which identity check and which kind of document is not said, by the names of its fields."""
    check, kind = evidence.get("identity_check", ""), evidence.get("document_kind", "").strip()
    said = {
        "registered_on": _has_come(evidence.get("registered_on", "")),
        "channel": bool(evidence.get("channel") or evidence.get("outlet")),
        "identity_check": check in IdentityCheck.values,
        "document_kind": check == IdentityCheck.NONE if not kind else not _NUMBER.search(kind),
    }
    return [name for name, enough in said.items() if not enough]


def _has_come(day: str) -> bool:
    try:
        return datetime.date.fromisoformat(day[:10]) <= timezone.localdate()
    except ValueError:
        return False


def settle(
    dispute: Dispute, *, outcome: str, decided_by: str, answer: str | None, evidence: Mapping[str, str] | None
) -> None:
    """Write down what was found about a dispute that has just moved to DECIDED."""
    dispute.outcome, dispute.decided_by, dispute.decided_at = outcome, decided_by, timezone.now()
    dispute.answer, dispute.evidence = answer, dict(evidence) if evidence is not None else None
    dispute.gone_by, dispute.gone_as_of = done_by(dispute) if outcome in GONE else None, None
    decided = ["outcome", "decided_by", "decided_at", "answer", "evidence", "gone_by", "gone_as_of"]
    dispute.save(update_fields=decided)


def done_by(dispute: Dispute) -> datetime.datetime:
    """By when the carrier's records have to say what was found: its feeds, where it is a removal."""
    country = rules.get(dispute.rules["jurisdiction"])
    return working_days.due_at(timezone.now(), dispute.rules.get("removal_days", country.removal.days), country)


def order_of(dispute: Dispute, outcome: str, words: str) -> str:
    """What the regulator orders of the carrier, in the portal's own language; "" where nothing is to be done."""
    if outcome not in GONE and not words:
        return ""
    day = working_days.last_day(done_by(dispute), rules.get(dispute.rules["jurisdiction"])).isoformat()
    removal = (
        "Take the record off this person. Disconnect the line only after you have verified its user anew."
        if outcome in GONE
        else ""
    )
    return " ".join(part for part in (f"Correct your records by the end of {day}.", removal, words) if part)
