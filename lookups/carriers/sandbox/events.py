"""The sandbox carrier's notifications: signed status events to the portal's listener, and all that can go wrong there.

An event goes to `<callback>/listener/troubleTicketStatusChangeEvent` for the callback of the credentials and for every
callback registered at /hub. 2xx is success; no answer, 408, 429 and 5xx are tried again a few times; anything else is
given up. The events of one ticket leave in their order unless they are told not to.
"""

import http.client
import json
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from lookups.carriers import signatures
from lookups.carriers.sandbox.behaviour import Behaviour
from lookups.carriers.sandbox.clock import Clock, timestamp
from lookups.carriers.sandbox.tickets import Ticket

EVENT = "TroubleTicketStatusChangeEvent"
LISTENER = "/listener/troubleTicketStatusChangeEvent"
_RETRY_AFTER = (1.0, 3.0, 10.0, 30.0)
_REORDER_WAIT = 2.0  # how long an event that waits for a later one to overtake it waits at most
_SENDERS = 4
_TIMEOUT = 10.0


@dataclass
class Delivery:
    """One event to one callback: what became of it. Shown by GET /sandbox/events without the ticket."""

    event_id: str
    ticket_id: str
    status: str
    callback: str
    attempts: int = 0
    answer: int = 0  # the last HTTP status, 0 for none yet or no answer
    done: bool = False
    body: bytes = field(default=b"", repr=False)

    def shown(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "body"}


class Events:
    """Makes, holds, loses, repeats, reorders, signs and sends events."""

    def __init__(
        self, behaviour: Behaviour, clock: Clock, callbacks: Callable[[], list[str]], secret: Callable[[], str]
    ) -> None:
        self._behaviour = behaviour
        self._clock = clock
        self._callbacks = callbacks
        self._secret = secret
        self._lock = threading.Lock()
        self._held: list[tuple[Ticket, str]] = []
        self._waiting: dict[str, tuple[Ticket, str]] = {}
        self._deliveries: deque[Delivery] = deque(maxlen=10_000)
        self._queues: list[queue.SimpleQueue[Delivery]] = [queue.SimpleQueue() for _ in range(_SENDERS)]

    def start(self) -> None:
        for each in self._queues:
            threading.Thread(target=self._send_all, args=(each,), name="events", daemon=True).start()

    def changed(self, ticket: Ticket) -> None:
        """A ticket's status has changed: notify, as far as the switches let us."""
        if not self._behaviour["events"] or self._behaviour.happens("drop_events"):
            return
        event = (ticket, f"evt_{uuid.uuid4().hex}")
        with self._lock:
            if self._behaviour["hold_events"]:
                self._held.append(event)
                return
        if not self._behaviour["reorder_events"]:
            self._emit(*event)
            return
        with self._lock:
            earlier = self._waiting.pop(ticket["id"], None)
            if earlier is None:
                self._waiting[ticket["id"]] = event
        if earlier is None:
            self._clock.after(_REORDER_WAIT, partial(self._overdue, event))
        else:
            self._emit(*event)
            self._emit(*earlier)

    def release(self) -> None:
        """Send what was held back, if nothing is held back any more."""
        if self._behaviour["hold_events"]:
            return
        with self._lock:
            held, self._held = self._held, []
        for event in held:
            self._emit(*event)

    def send_now(self, ticket: Ticket, event_id: str) -> None:
        """Send an event of anybody's making: for an unknown ticket, say, or with an id that was used before."""
        self._emit(ticket, event_id or f"evt_{uuid.uuid4().hex}")

    def shown(self) -> list[dict[str, Any]]:
        """The last deliveries, oldest first."""
        with self._lock:
            return [each.shown() for each in self._deliveries]

    def forget(self) -> None:
        with self._lock:
            self._held.clear()
            self._waiting.clear()
            self._deliveries.clear()

    def _overdue(self, event: tuple[Ticket, str]) -> None:
        with self._lock:
            if self._waiting.get(event[0]["id"]) != event:
                return
            del self._waiting[event[0]["id"]]
        self._emit(*event)

    def _emit(self, ticket: Ticket, event_id: str) -> None:
        body = json.dumps(
            {
                "@type": EVENT,
                "eventId": event_id,
                # When it happened and not when it is told, which for a late event are two times.
                "eventTime": ticket.get("statusChangeDate") or timestamp(),
                "eventType": EVENT,
                "event": {"troubleTicket": ticket},
            },
            ensure_ascii=False,
        ).encode()
        ticket_id = str(ticket.get("id", ""))
        for callback in self._callbacks():
            for _ in range(1 + self._behaviour["repeat_events"]):
                delivery = Delivery(event_id, ticket_id, str(ticket.get("status", "")), callback, body=body)
                with self._lock:
                    self._deliveries.append(delivery)
                self._put(delivery)

    def _put(self, delivery: Delivery) -> None:
        # One sender per ticket keeps the events of a ticket in their order.
        self._queues[hash(delivery.ticket_id) % _SENDERS].put(delivery)

    def _send_all(self, deliveries: "queue.SimpleQueue[Delivery]") -> None:
        connections: dict[str, http.client.HTTPConnection] = {}
        while True:
            delivery = deliveries.get()
            delivery.attempts += 1
            delivery.answer = self._send(delivery, connections)
            again = delivery.answer in (0, 408, 429) or delivery.answer >= 500
            if again and delivery.attempts <= len(_RETRY_AFTER):
                self._clock.after(_RETRY_AFTER[delivery.attempts - 1], partial(self._put, delivery))
            else:
                delivery.done = True

    def _send(self, delivery: Delivery, connections: dict[str, http.client.HTTPConnection]) -> int:
        """The status of the answer, 0 if there was none."""
        parts = urlsplit(delivery.callback)
        kept = connections.pop(delivery.callback, None)
        for connection in ([kept] if kept else []) + [_connection(parts.scheme, parts.netloc)]:
            try:
                connection.request("POST", parts.path.rstrip("/") + LISTENER, delivery.body, self._headers(delivery))
                answer = connection.getresponse()
                answer.read(65_536)
            except (OSError, http.client.HTTPException, ValueError):
                # A kept connection may have been closed meanwhile: the fresh one is tried next.
                connection.close()
                continue
            if not answer.will_close and answer.isclosed():
                connections[delivery.callback] = connection
            else:
                connection.close()
            return answer.status
        return 0

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        moment = int(time.time()) + self._behaviour["timestamp_shift"]
        secret = signatures.new_secret() if self._behaviour["wrong_signature"] else self._secret()
        return {
            "Content-Type": "application/json",
            signatures.ID_HEADER: delivery.event_id,
            signatures.TIMESTAMP_HEADER: str(moment),
            signatures.SIGNATURE_HEADER: signatures.sign(
                secret, message_id=delivery.event_id, timestamp=moment, body=delivery.body
            ),
        }


def _connection(scheme: str, netloc: str) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    return kind(netloc, timeout=_TIMEOUT)
