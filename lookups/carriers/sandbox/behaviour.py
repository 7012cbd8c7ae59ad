"""How the sandbox carrier behaves: a set of switches, given at start (`--set NAME=JSON`) or at run time.

    GET  /sandbox/behaviour           all switches as JSON
    POST /sandbox/behaviour {...}     changes those that are named, all or none of them

A counter says for how many of the next requests it holds: 0 never, -1 until told otherwise.
"""

import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

OUTCOMES = ("REMOVED", "REMOVED_FRAUD", "TRANSFERRED", "CONFIRMED", "MISROUTED", "CANNOT_DETERMINE")


class BadBehaviour(ValueError):
    """A switch that does not exist, or a value it cannot have."""


@dataclass
class Switches:
    """The switches of the tickets' interface, and then those of the events."""

    slow: float = 0.0  # seconds before every answer
    drip: float = 0.0  # seconds between two bytes of every answer, the status line included
    fail_status: int = 0  # answer with this status instead of doing anything; 0 is off
    fail_share: float = 1.0  # ... for this share of the requests
    fail_next: int = -1  # counter: ... and for so many
    retry_after: str = ""  # ... with this Retry-After, seconds or an HTTP date
    accept_then_timeout: int = 0  # counter: creates the ticket and then says nothing
    accept_then_close: int = 0  # counter: creates the ticket and then hangs up
    invalid_body: int = 0  # counter: does what it is asked and answers with broken JSON
    wrong_ticket: int = 0  # counter: creates the ticket and answers with the ticket of another dispute
    no_ticket_id: int = 0  # counter: creates the ticket and answers 202 without a body
    redirect: int = 0  # counter: answers 307
    honour_idempotency: bool = True  # false: an Idempotency-Key means nothing to it
    honour_filter: bool = True  # false: lists all tickets, whatever was asked for
    answer_after: float = 20.0  # seconds from a ticket to its answer (half of it to inProgress); negative: never
    outcomes: list[str] = field(default_factory=list)  # outcomes of the next answers, in turn
    events: bool = True  # false: the carrier sends no notifications at all (they are optional)
    hold_events: bool = False  # true: keeps events back until this becomes false
    drop_events: float = 0.0  # loses this share of the events
    repeat_events: int = 0  # sends every event so many more times
    reorder_events: bool = False  # sends every second event of a ticket before the one that came first
    wrong_signature: bool = False  # signs with another secret
    timestamp_shift: int = 0  # seconds added to the timestamp of events


class Behaviour:
    """Switches that many threads read and one control interface changes."""

    def __init__(self, *, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._chance = random.Random(seed)
        self._switches = Switches()

    def change(self, changes: Mapping[str, Any]) -> None:
        """Set the named switches; raises BadBehaviour and then changes none."""
        usual = {each.name: getattr(Switches(), each.name) for each in fields(Switches)}
        for name, value in changes.items():
            if name not in usual:
                raise BadBehaviour(f"There is no switch {name}.")
            if not _fits(name, value, usual[name]):
                raise BadBehaviour(f"{name} cannot have this value.")
        with self._lock:
            for name, value in changes.items():
                setattr(self._switches, name, float(value) if isinstance(usual[name], float) else value)

    def reset(self, to: Mapping[str, Any]) -> None:
        """All switches as at the start, `to` being what was given then."""
        with self._lock:
            self._switches = Switches()
        self.change(to)

    def all(self) -> dict[str, Any]:
        """Every switch with its present value."""
        with self._lock:
            return asdict(self._switches)

    def __getitem__(self, name: str) -> Any:
        with self._lock:
            return getattr(self._switches, name)

    def take(self, counter: str) -> bool:
        """Whether a counter holds for this request; counts it down."""
        with self._lock:
            left = getattr(self._switches, counter)
            if left > 0:
                setattr(self._switches, counter, left - 1)
            return bool(left != 0)

    def failure(self) -> int:
        """The status to fail this request with, 0 if it is to succeed."""
        with self._lock:
            status = self._switches.fail_status
            if not status or not self._switches.fail_next or self._chance.random() >= self._switches.fail_share:
                return 0
            if self._switches.fail_next > 0:
                self._switches.fail_next -= 1
            return status

    def happens(self, share: str) -> bool:
        """Whether something that happens in a share of the cases happens now."""
        with self._lock:
            return self._chance.random() < float(getattr(self._switches, share))

    def next_outcome(self) -> str:
        """The outcome somebody asked for, "" if nobody did."""
        with self._lock:
            return self._switches.outcomes.pop(0) if self._switches.outcomes else ""


def _fits(name: str, value: Any, usual: Any) -> bool:
    if isinstance(usual, bool):
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if isinstance(usual, int):
        return isinstance(value, int)
    if isinstance(usual, float):
        return isinstance(value, int | float) and (value >= 0 or name == "answer_after") and abs(value) <= 86_400
    if isinstance(usual, list):
        return isinstance(value, list) and all(each in OUTCOMES for each in value)
    # A line break would be a header of its own.
    return isinstance(value, str) and value.isascii() and value.isprintable()
