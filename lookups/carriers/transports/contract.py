"""What every transport promises, and the plain values it is given.

A transport knows one way of reaching a carrier and nothing else: no model, no other room, no other transport. It is
handed an Address and Envelopes, talks to the network, and answers with a Receipt or with one of the three errors of
`lookups.outbox.receipts`. It keeps no state between calls but kept-alive connections, so that the same object may serve
many threads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from lookups.outbox.receipts import Receipt

# What a message may be. A transport that meets another word refuses it.
CREATE = "create"
NOTE = "note"
EVIDENCE = "evidence"
WITHDRAW = "withdraw"
CLOSE = "close"
ORDER = "order"

# What a carrier may have told us.
ACKNOWLEDGED = "acknowledged"
IN_REVIEW = "in_review"
NEEDS_INFORMATION = "needs_information"
DECIDED = "decided"
PERSON_NEEDED = "person_needed"

OUTCOMES = frozenset({"REMOVED", "REMOVED_FRAUD", "TRANSFERRED", "CONFIRMED", "MISROUTED", "CANNOT_DETERMINE"})
REGISTRATION_EVIDENCE = ("registered_on", "channel", "outlet", "identity_check", "document_kind")


@dataclass(frozen=True)
class Address:
    """Where and how one channel is reached.

    `settings` depends on the kind of transport (each transport's docstring lists its keys); `secret` is the bearer
    token we show to the carrier. Only hosts of `allowed_hosts` are ever contacted. `insecure_loopback` allows plain
    http to this very machine, for the demo and for tests; the machine has to be on the list all the same.
    """

    settings: Mapping[str, Any]
    # Kept out of repr(), because a repr ends up in logs.
    secret: str = field(default="", repr=False)
    allowed_hosts: tuple[str, ...] = ()
    insecure_loopback: bool = False


@dataclass(frozen=True)
class Envelope:
    """One message for a carrier.

    `idempotency_key` is the same on every retry. `remote_id` is the carrier's ticket id once we know it, else "".
    `maybe_sent` says that an earlier attempt ended ambiguously: search before sending again. `earlier` are the ids of
    tickets that the same dispute had at this carrier before: what is found under them is not this one.

    `payload` by kind (dates and times are ISO 8601 strings; no ID number is ever part of it):
      create    reason, statement, phone_number (E.164), filed_at, answer_by,
                registration {service, plan, activated_on}
      note      text
      evidence  text (says that there are files, and where), url, files [{position, kind, size}]
      withdraw  text (may be empty)
      close     text (may be empty)
      order     text (what the regulator decided, and what is to be corrected by when)
    """

    kind: str
    idempotency_key: str
    reference: str
    remote_id: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)
    maybe_sent: bool = False
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class CarrierEvent:
    """What a carrier told us of one ticket, the same whatever the channel.

    `kind` is one of the words above. `event_id` is the carrier's, or for a polled ticket a hash that stays the same as
    long as the ticket does. `outcome` is one of OUTCOMES or "", and always one of them where `kind` is decided.
    `message` is the carrier's words as they came. `evidence` has at most the keys of REGISTRATION_EVIDENCE.
    `right_carrier` is the code of the carrier whose number it is, where the outcome is MISROUTED and they know it.
    """

    event_id: str
    kind: str
    reference: str
    remote_id: str
    occurred_at: datetime | None = None
    outcome: str = ""
    message: str = field(default="", repr=False)
    evidence: Mapping[str, str] = field(default_factory=dict, repr=False)
    right_carrier: str = ""


@dataclass(frozen=True)
class Finding:
    """One line of a configuration check: what was looked at, whether it is well, and a sentence for staff if not."""

    ok: bool
    what: str
    detail: str = ""


class Transport(Protocol):
    """One way to reach a carrier. Every method may be called from many threads at once."""

    def send(self, envelope: Envelope) -> Receipt:
        """Deliver one message; raises Later, Refused or Misconfigured of `lookups.outbox.receipts`."""
        ...

    def poll(self, reference: str, remote_id: str) -> list[CarrierEvent]:
        """Ask for the state of one ticket: at most one event, none where there is no ticket. Raises like `send`."""
        ...

    def check_config(self) -> list[Finding]:
        """Check settings, connection and credentials; never raises, and stops at the first thing that is wrong."""
        ...
