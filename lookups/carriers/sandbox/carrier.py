"""The sandbox carrier as a whole: its book, its clock, its events, its switches, and the life of a ticket."""

import json
import os
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lookups.carriers.sandbox.behaviour import Behaviour
from lookups.carriers.sandbox.clock import Clock
from lookups.carriers.sandbox.events import Events
from lookups.carriers.sandbox.tickets import OPEN, Book, Ticket

_SAVE_EVERY = 1.0


@dataclass(frozen=True)
class Credentials:
    """What carrier and portal agreed on: the token the portal shows, the secret of our events, and where they go."""

    token: str
    webhook_secret: str = ""
    callback_url: str = ""

    @classmethod
    def read(cls, path: Path) -> "Credentials":
        """From a JSON file; raises ValueError if it is not one of credentials, OSError if it cannot be read."""
        data = json.loads(path.read_text())
        if not isinstance(data, dict) or not isinstance(data.get("token"), str) or not data["token"]:
            raise ValueError("no token in it")
        names = ("token", "webhook_secret", "callback_url")
        return cls(**{name: str(data.get(name) or "") for name in names})


class Carrier:
    """One carrier. `switches` is its behaviour at the start, `memory` a file to remember its tickets in."""

    def __init__(
        self,
        code: str,
        credentials: Credentials,
        *,
        credentials_file: Path | None = None,
        switches: Mapping[str, Any] | None = None,
        memory: Path | None = None,
        seed: int = 0,
    ) -> None:
        self.code = code
        self.book = Book()
        self.behaviour = Behaviour(seed=seed)
        self.behaviour.change(switches or {})
        self.clock = Clock()
        self.hubs: dict[str, str] = {}
        self.events = Events(self.behaviour, self.clock, self._callbacks, lambda: self.credentials.webhook_secret)
        self.credentials = credentials
        self._credentials_file = credentials_file
        self._switches = dict(switches or {})
        self._memory = memory
        self._saved = 0
        self._save_lock = threading.Lock()

    def start(self) -> None:
        self.clock.start()
        self.events.start()
        if self._memory is not None:
            if self._memory.exists():
                self.book.load(json.loads(self._memory.read_text()))
                for ticket in self.book.find():
                    self._plan(ticket)
            self._save_again()

    def stop(self) -> None:
        self.clock.stop()
        self._save()

    def reload_credentials(self) -> bool:
        """Read the file once more, in case the portal made new ones; whether they are other ones now."""
        if self._credentials_file is None:
            return False
        try:
            fresh = Credentials.read(self._credentials_file)
        except (OSError, ValueError):
            return False
        changed, self.credentials = fresh != self.credentials, fresh
        return changed

    # The life of a ticket ---------------------------------------------------------------------------------------------

    def accepted(self, ticket: Ticket) -> None:
        """A new ticket stands in the book: tell, and plan what happens to it."""
        self.events.changed(ticket)
        self._plan(ticket)

    def patched(self, ticket: Ticket, before: str) -> None:
        """The originator changed a ticket that was in the status `before`."""
        if ticket["status"] != before:
            self.events.changed(ticket)
            self._plan(ticket)

    def move(self, ticket_id: str, status: str, **how: Any) -> Ticket | None:
        """Move a ticket and tell; None if there is none (any more) to be moved."""
        ticket = self.book.move(ticket_id, status, **how)
        if ticket is not None:
            self.events.changed(ticket)
        return ticket

    def reset(self) -> None:
        """As at the start: no tickets, nothing planned, the switches as they were given."""
        self.clock.forget()
        self.events.forget()
        self.book.clear()
        self.hubs.clear()
        self.behaviour.reset(self._switches)
        if self._memory is not None:
            self._save_again()

    def subscribe(self, callback: str) -> str:
        hub_id = uuid.uuid4().hex[:16]
        self.hubs[hub_id] = callback
        return hub_id

    def _plan(self, ticket: Ticket) -> None:
        wait = float(self.behaviour["answer_after"])
        if wait < 0:
            return
        ticket_id = ticket["id"]
        if ticket["status"] == "acknowledged":
            self.clock.after(wait / 2, partial(self._begin, ticket_id))
        if ticket["status"] in ("acknowledged", "inProgress"):
            self.clock.after(wait, partial(self._answer, ticket_id))

    def _begin(self, ticket_id: str) -> None:
        self.move(ticket_id, "inProgress", only_from=("acknowledged",))

    def _answer(self, ticket_id: str) -> None:
        # A ticket that waits for somebody, or that was cancelled meanwhile, is not answered.
        if self.book.status(ticket_id) in ("acknowledged", "inProgress"):
            self.move(ticket_id, "resolved", outcome=self.behaviour.next_outcome(), only_from=OPEN)

    def _callbacks(self) -> list[str]:
        own = [self.credentials.callback_url] if self.credentials.callback_url else []
        return list(dict.fromkeys([*own, *self.hubs.values()]))

    # Memory over a restart --------------------------------------------------------------------------------------------

    def _save_again(self) -> None:
        self._save()
        self.clock.after(_SAVE_EVERY, self._save_again)

    def _save(self) -> None:
        with self._save_lock:
            changes = self.book.changes
            if self._memory is None or changes == self._saved:
                return
            self._memory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = self._memory.with_suffix(".new")
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(self.book.dump(), file)
            fresh.replace(self._memory)
            self._saved = changes
