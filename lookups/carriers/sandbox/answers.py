"""What the sandbox carrier answers: an outcome by a fixed rule, words that give a reason, and evidence.

The rule looks at the reason of the dispute and at the last digit of the number, so that the same dispute is answered in
the same way in every run, and a walk through a few disputes meets every outcome.
"""

from collections.abc import Mapping

# Reason → the outcome for the last digits 0 to 9.
_NEVER_MINE = [
    "REMOVED",
    "REMOVED_FRAUD",
    "REMOVED",
    "CONFIRMED",
    "REMOVED",
    "REMOVED_FRAUD",
    "REMOVED",
    "CONFIRMED",
    "REMOVED",
    "MISROUTED",
]
_CANCEL = ["REMOVED"] * 10
_GIVEN_AWAY = ["TRANSFERRED", "TRANSFERRED", "CONFIRMED"] * 3 + ["CANNOT_DETERMINE"]
_WRONG_DETAILS = ["CONFIRMED", "CONFIRMED", "CONFIRMED", "REMOVED", "CANNOT_DETERMINE"] * 2
_RULES = {
    "never_mine": _NEVER_MINE,
    "lost_document": _NEVER_MINE,
    "cancel": _CANCEL,
    "already_cancelled": _CANCEL,
    "given_away": _GIVEN_AWAY,
    "wrong_details": _WRONG_DETAILS,
}

_WORDS = {
    "REMOVED": "We found no signed contract for this line. Its user could not show that it is theirs. "
    "The registration under this ID was removed.",
    "REMOVED_FRAUD": "The portrait taken when the line was opened does not show the holder of the document. "
    "The registration was removed and the case handed to our fraud department.",
    "TRANSFERRED": "The present user of the line identified themselves with their own document. "
    "The line is now registered to them and no longer under this ID.",
    "CONFIRMED": "The document was shown and compared with its holder when the line was opened. "
    "The registration stands; the evidence is listed below.",
    "MISROUTED": "This number was ported away and is no longer served by us. Please ask its present carrier.",
    "CANNOT_DETERMINE": "The papers of this registration are no longer complete, and its user did not answer us. "
    "We can neither confirm nor refute it.",
}


def outcome_for(reason: str, phone_number: str) -> str:
    """The outcome of a dispute; unknown reasons are treated as "never mine"."""
    digits = [character for character in phone_number if character.isdigit()]
    return _RULES.get(reason, _NEVER_MINE)[int(digits[-1]) if digits else 0]


def words_for(outcome: str) -> str:
    """The reasoned answer to a person, without any detail of theirs."""
    return _WORDS.get(outcome, "")


def evidence_for(outcome: str, said: Mapping[str, str]) -> dict[str, str]:
    """The registration's evidence as characteristics, for CONFIRMED; `said` are those of the ticket."""
    if outcome != "CONFIRMED":
        return {}
    return {
        "evidence.registeredOn": said.get("activatedOn") or "2019-05-14",
        "evidence.channel": "outlet",
        "evidence.outlet": "Outlet 417, Station Road",
        "evidence.identityCheck": "portrait",
        "evidence.documentKind": "national ID card",
    }
