"""The sandbox carrier as a test meets it: a real process on a port of its own, driven through its control interface."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lookups.carriers import signatures

ROOT = Path(__file__).resolve().parents[2]


def wait_until(condition: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    """The first true value of `condition`; fails after `seconds`, which a slow machine with other work needs."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("What was waited for did not happen in time.")


class SandboxCarrier:
    """A running sandbox carrier. Switches are those of lookups/carriers/sandbox/behaviour.py.

    with SandboxCarrier(answer_after=0.2) as carrier:
        carrier.behave(fail_status=503, fail_next=2)
        carrier.tickets()
    """

    def __init__(
        self,
        code: str = "sandbox",
        *,
        callback: str = "",
        port: int = 0,
        token: str = "a-token-of-the-sandbox",
        webhook_secret: str = "",
        arguments: tuple[str, ...] = (),
        **switches: Any,
    ) -> None:
        self.code = code
        self.token = token
        self.webhook_secret = webhook_secret or signatures.new_secret()
        self.base_url = ""
        self.log = ""  # the access log, once the process has ended
        self._callback = callback
        self._port = port
        self._arguments = arguments
        self._switches = {"answer_after": -1} | switches
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start, or start once more at the same port with an empty memory."""
        command = [sys.executable, "-m", "lookups.carriers.sandbox", self.code, "--port", str(self._port)]
        command += ["--token", self.token, "--webhook-secret", self.webhook_secret, "--callback", self._callback]
        for name, value in self._switches.items():
            command += ["--set", f"{name}={json.dumps(value)}"]
        self._log_file = tempfile.TemporaryFile("w+")  # noqa: SIM115 (lives as long as the process)
        self._process = subprocess.Popen(
            [*command, *self._arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self._log_file,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        # It says where it listens when it does, so there is no port to guess and nothing to poll.
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if "http://" not in line:
            self.stop()
            raise AssertionError(f"The sandbox carrier did not start: {self.log}")
        self.base_url = line.partition(": ")[2].strip()
        self.origin = self.base_url.partition("/tmf-api")[0]
        self._port = int(self.origin.rpartition(":")[2])

    def kill(self) -> None:
        """End it without a word, as a power failure would."""
        assert self._process is not None
        self._process.kill()
        self.stop()

    def stop(self) -> None:
        """End it as an operator would, and read its log."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()
        self._log_file.seek(0)
        self.log += self._log_file.read()
        self._log_file.close()

    # Controls ---------------------------------------------------------------------------------------------------------

    def behave(self, **switches: Any) -> dict[str, Any]:
        """Change switches and return all of them."""
        behaviour: dict[str, Any] = self._control("POST", "/sandbox/behaviour", switches)
        return behaviour

    def behaviour(self) -> dict[str, Any]:
        behaviour: dict[str, Any] = self._control("GET", "/sandbox/behaviour")
        return behaviour

    def tickets(self, reference: str = "") -> list[dict[str, Any]]:
        """Everything it holds, or the tickets of one dispute, oldest first."""
        tickets: list[dict[str, Any]] = self._control("GET", "/sandbox/tickets")
        if not reference:
            return tickets
        return [each for each in tickets if any(i["id"] == reference for i in each.get("externalIdentifier", []))]

    def ticket(self, reference: str) -> dict[str, Any]:
        """The one ticket of a dispute."""
        (ticket,) = self.tickets(reference)
        return ticket

    def move(self, ticket_id: str, status: str, **how: Any) -> dict[str, Any]:
        """Move a ticket by hand: outcome, answer and evidence as of the control interface."""
        ticket: dict[str, Any] = self._control("POST", f"/sandbox/tickets/{ticket_id}/move", {"status": status, **how})
        return ticket

    def events(self) -> list[dict[str, Any]]:
        """What became of the events it sent."""
        events: list[dict[str, Any]] = self._control("GET", "/sandbox/events")
        return events

    def send_event(self, ticket: dict[str, Any], event_id: str = "") -> None:
        """Sign and send an event about any ticket whatever."""
        self._control("POST", "/sandbox/events", {"ticket": ticket, "eventId": event_id})

    def reset(self) -> None:
        """Forget all tickets and go back to the switches given at the start."""
        self._control("POST", "/sandbox/reset", {})

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers (names in lower case) and JSON of one request, with the right token unless given."""
        data = None if body is None else json.dumps(body).encode()
        usual = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.origin + path, data, {**usual, **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                content, status, fields = answer.read(), answer.status, answer.headers
        except urllib.error.HTTPError as error:
            with error:
                content, status, fields = error.read(), error.code, error.headers
        return (
            status,
            {name.lower(): value for name, value in fields.items()},
            json.loads(content) if content else None,
        )

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        status, _, answer = self.request(method, path, body)
        assert status < 300, f"{method} {path}: {status} {answer}"
        return answer
