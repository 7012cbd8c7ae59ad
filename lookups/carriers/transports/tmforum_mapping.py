"""TMF621 Trouble Ticket v5 and our words: pure functions in both directions, no network.

What we send is strictly within the published schema (TroubleTicket_FVO, TroubleTicket_MVO). What we receive is read
leniently: nothing but JSON objects where objects belong is required, and a status that we do not know means that a
person has to look. The transitions between statuses are not part of the published file; the table below is ours.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from lookups.carriers.transports import contract
from lookups.carriers.transports.contract import CarrierEvent, Envelope

OWNER = "registration-portal"  # who we are in externalIdentifier and as the author of notes
IDENTIFIER_TYPE = "dispute"
TICKET_TYPE = "registrationDispute"
SEVERITY = "major"
MAX_MESSAGE = 4000

# A status of theirs → what it means for us. `resolved` and `closed` depend on the outcome as well, see _kind().
STATUSES = {
    "acknowledged": contract.ACKNOWLEDGED,
    "inprogress": contract.IN_REVIEW,
    "held": contract.IN_REVIEW,
    "pending": contract.NEEDS_INFORMATION,
    "resolved": contract.DECIDED,
    "closed": contract.DECIDED,
    "cancelled": contract.PERSON_NEEDED,
    "rejected": contract.PERSON_NEEDED,
}

# A characteristic of theirs → a key of contract.REGISTRATION_EVIDENCE.
_EVIDENCE = {
    "evidence.registeredOn": "registered_on",
    "evidence.channel": "channel",
    "evidence.outlet": "outlet",
    "evidence.identityCheck": "identity_check",
    "evidence.documentKind": "document_kind",
}


class UnreadableTicket(ValueError):
    """What came is not a trouble ticket: something in it is of another type than the schema says."""


def ticket_for(envelope: Envelope) -> dict[str, Any]:
    """The TroubleTicket_FVO to create for a `create` envelope (its payload is described in contract.Envelope).

    Empty values are left out. `answer_by` becomes requestedResolutionDate; a date without a time is the end of that
    day in UTC.
    """
    payload = envelope.payload
    registration = payload.get("registration") or {}
    characteristics = {
        "reason": payload.get("reason"),
        "phoneNumber": payload.get("phone_number"),
        "service": registration.get("service"),
        "plan": registration.get("plan"),
        "activatedOn": registration.get("activated_on"),
        "statement": payload.get("statement"),
        "filedAt": payload.get("filed_at"),
        "answerBy": payload.get("answer_by"),
    }
    ticket: dict[str, Any] = {
        "@type": "TroubleTicket",
        "description": f"Dispute {envelope.reference} about the registration of a phone number.",
        "severity": SEVERITY,
        "ticketType": TICKET_TYPE,
        "externalIdentifier": [
            {
                "@type": "ExternalIdentifier",
                "owner": OWNER,
                "externalIdentifierType": IDENTIFIER_TYPE,
                "id": envelope.reference,
            }
        ],
        "troubleTicketCharacteristic": [
            {"@type": "StringCharacteristic", "name": name, "valueType": "string", "value": str(value)}
            for name, value in characteristics.items()
            if value
        ],
    }
    if payload.get("answer_by"):
        ticket["requestedResolutionDate"] = _date_time(str(payload["answer_by"]))
    return ticket


def note_for(envelope: Envelope) -> dict[str, Any]:
    """One Note. Its id is the idempotency key, by which a note that already arrived is recognised."""
    return {
        "@type": "Note",
        "id": envelope.idempotency_key,
        "author": OWNER,
        "text": str(envelope.payload.get("text", "")),
    }


def status_patch(status: str, reason: str) -> dict[str, Any]:
    """The merge-patch (TroubleTicket_MVO) that moves a ticket to `status`."""
    return {"@type": "TroubleTicket", "status": status, "statusChangeReason": reason}


def event_from(ticket: Mapping[str, Any], event_id: str = "", occurred_at: datetime | None = None) -> CarrierEvent:
    """What a ticket in its present state tells us; raises UnreadableTicket.

    Without an `event_id` (a polled ticket) it gets one that stays the same until the ticket changes. The time is the
    ticket's statusChangeDate, so that what is pushed and what is polled can be put in order; `occurred_at` (an event's
    own time) stands in for it.
    """
    if not isinstance(ticket, Mapping):
        raise UnreadableTicket("A ticket is an object.")
    said = dict(_characteristics(ticket))
    status = _text(ticket, "status")
    outcome = said.get("outcome", "").strip().upper()
    outcome = outcome if outcome in contract.OUTCOMES else ""
    kind = _kind(ticket, status, outcome)
    message = said.get("answer") or _text(ticket, "statusChangeReason")
    return CarrierEvent(
        event_id=event_id or _stable_id(ticket, status, outcome, message),
        kind=kind,
        reference=reference_of(ticket),
        remote_id=remote_id_of(ticket),
        occurred_at=_moment(ticket, "statusChangeDate") or occurred_at or _moment(ticket, "lastUpdate"),
        outcome=outcome if kind == contract.DECIDED else "",
        message=message[:MAX_MESSAGE],
        evidence={key: said[name][:200] for name, key in _EVIDENCE.items() if said.get(name)},
        right_carrier=said.get("rightCarrier", "").strip().lower()[:64],
    )


def reference_of(ticket: Mapping[str, Any]) -> str:
    """Our reference, from the external identifier that is ours (or that names no owner); "" if there is none."""
    for identifier in _objects(ticket, "externalIdentifier"):
        if _text(identifier, "owner") in (OWNER, "") and _text(identifier, "id"):
            return _text(identifier, "id")
    return ""


def status_of(ticket: Mapping[str, Any]) -> str:
    """The ticket's status in one spelling ("inprogress", "cancelled"), "" if it has none."""
    return _text(ticket, "status").lower().replace("_", "").replace("-", "")


def remote_id_of(ticket: Mapping[str, Any]) -> str:
    """The carrier's id of a ticket, "" if it has none; raises UnreadableTicket for one that cannot stand in a path."""
    remote_id = _text(ticket, "id")
    if len(remote_id) > 200 or not remote_id.isprintable() or remote_id in (".", ".."):
        raise UnreadableTicket("id is not an id.")
    return remote_id


def notes_of(ticket: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The notes as they stand, to be sent back with one more (a merge-patch replaces the whole list)."""
    return [dict(note) for note in _objects(ticket, "note")]


def created_at(ticket: Mapping[str, Any]) -> datetime:
    """When the carrier made the ticket; the end of time if it does not say, so that it never counts as the oldest."""
    return _moment(ticket, "creationDate") or datetime.max.replace(tzinfo=UTC)


def _kind(ticket: Mapping[str, Any], status: str, outcome: str) -> str:
    kind = STATUSES.get(status_of(ticket), contract.PERSON_NEEDED)
    if kind != contract.DECIDED:
        return kind
    if not outcome or (status_of(ticket) == "closed" and not _was_resolved(ticket)):
        return contract.PERSON_NEEDED
    return kind


def _was_resolved(ticket: Mapping[str, Any]) -> bool:
    history = (_text(change, "status") for change in _objects(ticket, "statusChangeHistory"))
    return _moment(ticket, "resolutionDate") is not None or "resolved" in history


def _stable_id(ticket: Mapping[str, Any], *parts: str) -> str:
    whole = "\x1f".join([_text(ticket, "id"), _text(ticket, "lastUpdate"), *parts])
    return "poll-" + hashlib.sha256(whole.encode()).hexdigest()[:32]


def _characteristics(ticket: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for characteristic in _objects(ticket, "troubleTicketCharacteristic"):
        value = characteristic.get("value")
        # A carrier may add characteristics of any type; those we know are words.
        if isinstance(value, str):
            yield _text(characteristic, "name"), value


def _objects(ticket: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = ticket.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise UnreadableTicket(f"{name} is not a list of objects.")
    return value


def _text(ticket: Mapping[str, Any], name: str) -> str:
    value = ticket.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadableTicket(f"{name} is not a string.")
    return value


def _moment(ticket: Mapping[str, Any], name: str) -> datetime | None:
    text = _text(ticket, name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _date_time(text: str) -> str:
    return text if "T" in text else f"{text}T23:59:59Z"
