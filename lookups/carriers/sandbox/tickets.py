"""The sandbox carrier's book of trouble tickets: its whole memory, and the rules of TMF621 v5 over it."""

import copy
import hashlib
import json
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from lookups.carriers.sandbox import answers
from lookups.carriers.sandbox.clock import timestamp

Ticket = dict[str, Any]

STATUSES = ("acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "closed", "resolved")
OPEN = ("acknowledged", "pending", "held", "inProgress")
# What a server sets and a client must not.
_OURS = ("id", "href", "creationDate", "lastUpdate", "statusChangeDate", "statusChangeHistory", "resolutionDate")
# Where an originator may move a ticket, and from where.
_CLIENT_MOVES = {"cancelled": OPEN, "closed": ("resolved",)}


class Trouble(Exception):
    """A request that cannot be done: an HTTP status and the code and reason of a TMF621 Error."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.reason = reason


class Book:
    """All tickets. Every method takes and gives copies, so that no thread sees another's half-made change."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._tickets: dict[str, Ticket] = {}
        self._by_reference: dict[str, list[str]] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        self.changes = 0

    def create(self, body: Any, *, key: str, base: str, honour_key: bool) -> tuple[Ticket, bool]:
        """The ticket and whether it is new. `key` is the Idempotency-Key, `base` the address of the collection."""
        ticket = _checked(body)
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        with self._lock:
            if honour_key and key in self._keys:
                known_digest, known_id = self._keys[key]
                if known_digest != digest:
                    raise Trouble(422, "idempotencyKeyReused", "The Idempotency-Key was used with another body.")
                return copy.deepcopy(self._tickets[known_id]), False
            ticket_id = uuid.uuid4().hex[:16]
            now = timestamp()
            ticket |= {"id": ticket_id, "href": f"{base}/{ticket_id}", "creationDate": now, "statusChangeHistory": []}
            self._tickets[ticket_id] = ticket
            for identifier in ticket.get("externalIdentifier", []):
                self._by_reference.setdefault(identifier["id"], []).append(ticket_id)
            if key:
                self._keys[key] = (digest, ticket_id)
            self._set_status(ticket, "acknowledged", "Received.")
            return copy.deepcopy(ticket), True

    def get(self, ticket_id: str) -> Ticket:
        """One ticket; raises a 404."""
        with self._lock:
            return copy.deepcopy(self._known(ticket_id))

    def find(self, reference: str = "", status: str = "") -> list[Ticket]:
        """Tickets in the order they came, all or those with an external identifier, a status or both."""
        with self._lock:
            ids = self._by_reference.get(reference, []) if reference else list(self._tickets)
            found = (self._tickets[each] for each in ids)
            return [copy.deepcopy(each) for each in found if not status or each["status"] == status]

    def status(self, ticket_id: str) -> str:
        """The status of a ticket, "" if there is none."""
        with self._lock:
            return str(self._tickets.get(ticket_id, {}).get("status", ""))

    def patch(self, ticket_id: str, patch: Any) -> tuple[Ticket, str]:
        """Apply a JSON merge-patch (RFC 7396) of the originator; the ticket and its status before."""
        if not isinstance(patch, dict):
            raise Trouble(400, "invalidBody", "A merge-patch of a ticket is an object.")
        forbidden = [name for name in _OURS if name in patch]
        if forbidden:
            raise Trouble(400, "notChangeable", f"Only the server sets {', '.join(forbidden)}.")
        with self._lock:
            ticket = self._known(ticket_id)
            before = str(ticket["status"])
            wanted = str(patch.get("status", before))
            if wanted != before and before not in _CLIENT_MOVES.get(wanted, ()):
                raise Trouble(409, "illegalTransition", f"A ticket that is {before} cannot become that.")
            rest = {name: value for name, value in patch.items() if name not in ("status", "statusChangeReason")}
            changed = _merged(ticket, rest)
            _checked({name: value for name, value in changed.items() if name not in (*_OURS, "status")})
            ticket.clear()
            ticket.update(changed)
            self._touch(ticket)
            if wanted != before:
                self._set_status(ticket, wanted, str(patch.get("statusChangeReason") or ""))
            elif before == "pending" and "note" in patch:
                self._set_status(ticket, "inProgress", "The information asked for has come.")
            return copy.deepcopy(ticket), before

    def move(
        self,
        ticket_id: str,
        status: str,
        *,
        outcome: str = "",
        answer: str = "",
        evidence: Mapping[str, str] | None = None,
        only_from: tuple[str, ...] = STATUSES,
    ) -> Ticket | None:
        """The carrier moves a ticket; None if it is gone or not in `only_from` any more.

        A resolved ticket gets its outcome (by the rule of answers.py if none is given), words, and evidence, as
        characteristics. `outcome="-"` resolves without one.
        """
        with self._lock:
            ticket = self._tickets.get(ticket_id)
            if ticket is None or ticket["status"] not in only_from:
                return None
            said = characteristics(ticket)
            if status == "resolved" and outcome != "-":
                outcome = outcome or answers.outcome_for(said.get("reason", ""), said.get("phoneNumber", ""))
                said = {
                    "outcome": outcome,
                    "answer": answer or answers.words_for(outcome),
                    **(answers.evidence_for(outcome, said) if evidence is None else evidence),
                }
                _say(ticket, said)
            elif answer:
                _say(ticket, {"answer": answer})
            if status == "resolved":
                ticket["resolutionDate"] = timestamp()
            self._set_status(ticket, status, answer or ("Answered." if status == "resolved" else "Being worked on."))
            return copy.deepcopy(ticket)

    def clear(self) -> None:
        """Forget everything, as a carrier that restored an old back-up would."""
        with self._lock:
            self._tickets.clear()
            self._by_reference.clear()
            self._keys.clear()
            self.changes += 1

    def dump(self) -> dict[str, Any]:
        """Everything, to be written to a file."""
        with self._lock:
            return copy.deepcopy({"tickets": list(self._tickets.values()), "keys": self._keys})

    def load(self, dumped: Mapping[str, Any]) -> None:
        """What dump() gave."""
        with self._lock:
            self.clear()
            for ticket in dumped["tickets"]:
                self._tickets[ticket["id"]] = ticket
                for identifier in ticket.get("externalIdentifier", []):
                    self._by_reference.setdefault(identifier["id"], []).append(ticket["id"])
            self._keys = {key: (digest, ticket_id) for key, (digest, ticket_id) in dumped["keys"].items()}

    def _known(self, ticket_id: str) -> Ticket:
        try:
            return self._tickets[ticket_id]
        except KeyError:
            raise Trouble(404, "notFound", "There is no such ticket.") from None

    def _touch(self, ticket: Ticket) -> str:
        self.changes += 1
        ticket["lastUpdate"] = timestamp()
        return str(ticket["lastUpdate"])

    def _set_status(self, ticket: Ticket, status: str, reason: str) -> None:
        now = self._touch(ticket)
        ticket |= {"status": status, "statusChangeDate": now, "statusChangeReason": reason}
        ticket["statusChangeHistory"].append(
            {"@type": "StatusChange", "status": status, "statusChangeDate": now, "statusChangeReason": reason}
        )


def characteristics(ticket: Ticket) -> dict[str, str]:
    """The characteristics of a ticket that are words."""
    found = ticket.get("troubleTicketCharacteristic", [])
    return {each["name"]: each["value"] for each in found if isinstance(each.get("value"), str)}


def _say(ticket: Ticket, said: Mapping[str, str]) -> None:
    kept = [each for each in ticket.get("troubleTicketCharacteristic", []) if each["name"] not in said]
    new = [
        {"@type": "StringCharacteristic", "name": name, "valueType": "string", "value": value}
        for name, value in said.items()
    ]
    ticket["troubleTicketCharacteristic"] = kept + new


def _checked(body: Any) -> Ticket:
    """A copy of a TroubleTicket_FVO, or a 400 with the name of what is wrong, never with its value."""
    if not isinstance(body, dict):
        raise Trouble(400, "invalidBody", "A ticket is an object.")
    for name in ("@type", "description", "severity", "ticketType"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise Trouble(400, "missingAttribute", f"{name} is required and is a string.")
    for name in _OURS:
        if name in body:
            raise Trouble(400, "notChangeable", f"Only the server sets {name}.")
    if "status" in body:
        raise Trouble(400, "notChangeable", "A new ticket has no status yet.")
    needed = {
        "externalIdentifier": ("@type", "id"),
        "troubleTicketCharacteristic": ("@type", "name"),
        "note": ("@type", "text"),
    }
    for name, names in needed.items():
        value = body.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise Trouble(400, "invalidAttribute", f"{name} is a list of objects.")
        for inner in names:
            if not all(isinstance(each.get(inner), str) for each in value):
                raise Trouble(400, "missingAttribute", f"{name}.{inner} is required and is a string.")
    if any(
        each["@type"] == "StringCharacteristic" and not isinstance(each.get("value"), str)
        for each in body.get("troubleTicketCharacteristic", [])
    ):
        raise Trouble(400, "invalidAttribute", "The value of a StringCharacteristic is a string.")
    return copy.deepcopy(body)


def _merged(target: Any, patch: Any) -> Any:
    """RFC 7396: null removes, objects are merged, everything else (lists too) is replaced."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result
