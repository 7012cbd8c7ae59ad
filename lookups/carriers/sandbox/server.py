"""The sandbox carrier's HTTP side: TMF621 v5 below /tmf-api/troubleTicket/v5, its controls below /sandbox.

    POST   /troubleTicket            201; needs a bearer token; honours Idempotency-Key (same body 201 with the same
                                     ticket, another body 422)
    GET    /troubleTicket            filters externalIdentifier.id and status; offset, limit, fields;
                                     X-Total-Count and X-Result-Count
    GET    /troubleTicket/{id}       fields
    PATCH  /troubleTicket/{id}       JSON merge-patch; a client may set cancelled (open) and closed (resolved)
    POST   /hub, GET|DELETE /hub/{id}
Errors are TMF621 Errors (code, reason, status).

Controls, with the same token:
    GET|POST /sandbox/behaviour             see behaviour.py
    GET      /sandbox/tickets               everything in the book
    POST     /sandbox/tickets/{id}/move     {"status", "outcome", "answer", "evidence": {characteristic: text}}; all but
                                            the status may be left out; outcome "-" resolves without one
    GET      /sandbox/events                what became of the events sent
    POST     /sandbox/events                {"ticket": {...}, "eventId"}: signs and sends this very ticket
    POST     /sandbox/reset                 forgets everything
GET /livez answers without a token. The access log holds method, path pattern and status, and nothing of a request.
"""

import hmac
import json
import select
import sys
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lookups.carriers.sandbox.behaviour import OUTCOMES, BadBehaviour
from lookups.carriers.sandbox.carrier import Carrier
from lookups.carriers.sandbox.clock import timestamp
from lookups.carriers.sandbox.tickets import STATUSES, Ticket, Trouble

BASE = "/tmf-api/troubleTicket/v5"
_MAX_BODY = 1024 * 1024
_MAX_SILENCE = 120.0

_Answer = tuple[int, Any, Mapping[str, str]]
_NOTHING = object()  # no answer at all: the connection just ends


class Server(ThreadingHTTPServer):
    """Serves one carrier, a thread per connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], carrier: Carrier, *, log: bool = True) -> None:
        self.carrier = carrier
        self.log = log
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up is no news; anything else is a fault of ours, told without what was sent.
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            print(f"A request failed: {type(error).__name__}", file=sys.stderr, flush=True)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_DELETE = do_PUT = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        # The standard one would log the path with its query, and malformed requests as they came.
        return

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        pattern, arguments = _pattern(parts.path)
        self._query = dict(parse_qsl(parts.query))
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= _MAX_BODY:
                self.close_connection = True
                raise Trouble(413, "tooLarge", "The body is too large.")
            if "Transfer-Encoding" in self.headers:
                self.close_connection = True
                raise Trouble(411, "lengthRequired", "This carrier takes bodies with a Content-Length only.")
            self._raw = self.rfile.read(length)
            status, body, headers = self._answer(pattern, arguments)
        except Trouble as trouble:
            error = {"@type": "Error", "code": trouble.code, "reason": trouble.reason, "status": str(trouble.status)}
            status, body, headers = trouble.status, error, {}
        self._log(pattern, 0 if body is _NOTHING else status)
        if body is not _NOTHING:
            self._write(status, body, headers, drip=pattern.startswith(BASE))

    def _answer(self, pattern: str, arguments: list[str]) -> _Answer:
        handler = _ROUTES.get((self.command, pattern))
        if pattern == "/livez":
            return 200, {"carrier": self.server.carrier.code}, {}
        self._authenticate()
        if handler is None:
            known = any(route == pattern for _, route in _ROUTES)
            raise Trouble(405 if known else 404, "notFound", "There is no such interface here.")
        if pattern.startswith(BASE):
            misbehaved = self._misbehave()
            if misbehaved is not None:
                return misbehaved
        return handler(self, *arguments)

    def _authenticate(self) -> None:
        carrier = self.server.carrier
        given = self.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if hmac.compare_digest(given, carrier.credentials.token.encode()):
            return
        if carrier.reload_credentials() and hmac.compare_digest(given, carrier.credentials.token.encode()):
            return
        raise Trouble(401, "unauthorized", "The bearer token is missing or wrong.")

    def _misbehave(self) -> _Answer | None:
        behaviour = self.server.carrier.behaviour
        if behaviour["slow"]:
            time.sleep(behaviour["slow"])
        status = behaviour.failure()
        if status:
            error = {
                "@type": "Error",
                "code": "toldTo",
                "reason": "This carrier was told to fail.",
                "status": str(status),
            }
            return status, error, {"Retry-After": behaviour["retry_after"]} if behaviour["retry_after"] else {}
        if behaviour.take("redirect"):
            return 307, None, {"Location": f"http://{self.headers.get('Host', '127.0.0.1')}{BASE}/elsewhere"}
        return None

    # TMF621 -----------------------------------------------------------------------------------------------------------

    def _create(self) -> _Answer:
        carrier, behaviour = self.server.carrier, self.server.carrier.behaviour
        ticket, new = carrier.book.create(
            self._json(),
            key=self.headers.get("Idempotency-Key", ""),
            base=f"http://{self.headers.get('Host', '')}{BASE}/troubleTicket",
            honour_key=behaviour["honour_idempotency"],
        )
        if new:
            carrier.accepted(ticket)
        if behaviour.take("accept_then_timeout"):
            self._stay_silent()
            return 0, _NOTHING, {}
        if behaviour.take("accept_then_close"):
            self.close_connection = True
            return 0, _NOTHING, {}
        if behaviour.take("no_ticket_id"):
            return 202, None, {}
        if behaviour.take("wrong_ticket"):
            others = [dict(each, id="of-another-dispute") for each in ticket.get("externalIdentifier", [])]
            ticket = {**ticket, "id": "0000", "externalIdentifier": others}
        return 201, ticket, {"Location": ticket.get("href", "")}

    def _list(self) -> _Answer:
        reference, status = self._query.get("externalIdentifier.id", ""), self._query.get("status", "")
        if not self.server.carrier.behaviour["honour_filter"]:
            reference = status = ""
        found = self.server.carrier.book.find(reference, status)
        offset, limit = self._number("offset", 0, 1_000_000_000), self._number("limit", 100, 1000)
        page = [self._fields(each) for each in found[offset : offset + limit]]
        return 200, page, {"X-Total-Count": str(len(found)), "X-Result-Count": str(len(page))}

    def _get(self, ticket_id: str) -> _Answer:
        return 200, self._fields(self.server.carrier.book.get(ticket_id)), {}

    def _patch(self, ticket_id: str) -> _Answer:
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in ("application/merge-patch+json", "application/json"):
            raise Trouble(415, "unsupportedMediaType", "This carrier takes application/merge-patch+json.")
        ticket, before = self.server.carrier.book.patch(ticket_id, self._json())
        self.server.carrier.patched(ticket, before)
        return 200, ticket, {}

    def _subscribe(self) -> _Answer:
        callback = self._object().get("callback")
        if not isinstance(callback, str) or urlsplit(callback).scheme not in ("http", "https"):
            raise Trouble(400, "missingAttribute", "callback is required and is a URL.")
        return 201, _hub(self.server.carrier.subscribe(callback), callback), {}

    def _hub(self, hub_id: str) -> _Answer:
        if hub_id not in self.server.carrier.hubs:
            raise Trouble(404, "notFound", "There is no such subscription.")
        return 200, _hub(hub_id, self.server.carrier.hubs[hub_id]), {}

    def _unsubscribe(self, hub_id: str) -> _Answer:
        if self.server.carrier.hubs.pop(hub_id, None) is None:
            raise Trouble(404, "notFound", "There is no such subscription.")
        return 204, None, {}

    # Controls ---------------------------------------------------------------------------------------------------------

    def _behaviour(self) -> _Answer:
        if self.command == "POST":
            try:
                self.server.carrier.behaviour.change(self._object())
            except BadBehaviour as error:
                raise Trouble(400, "badBehaviour", str(error)) from error
            self.server.carrier.events.release()
        return 200, self.server.carrier.behaviour.all(), {}

    def _tickets(self) -> _Answer:
        return 200, self.server.carrier.book.find(), {}

    def _move(self, ticket_id: str) -> _Answer:
        told = self._object()
        outcome, evidence = told.get("outcome", ""), told.get("evidence")
        if told.get("status") not in STATUSES or outcome not in ("", "-", *OUTCOMES):
            raise Trouble(400, "invalidAttribute", "This status or outcome does not exist.")
        words = evidence if isinstance(evidence, dict) else {}
        if not isinstance(told.get("answer", ""), str) or not all(isinstance(each, str) for each in words.values()):
            raise Trouble(400, "invalidAttribute", "answer is a string, evidence an object of strings.")
        ticket = self.server.carrier.move(
            ticket_id, told["status"], outcome=outcome, answer=told.get("answer", ""), evidence=evidence
        )
        if ticket is None:
            raise Trouble(404, "notFound", "There is no such ticket.")
        return 200, ticket, {}

    def _events(self) -> _Answer:
        if self.command == "POST":
            told = self._object()
            if not isinstance(told.get("ticket"), dict) or not isinstance(told.get("eventId", ""), str):
                raise Trouble(400, "invalidAttribute", "ticket is an object, eventId a string.")
            self.server.carrier.events.send_now(told["ticket"], told.get("eventId", ""))
        return 200, self.server.carrier.events.shown(), {}

    def _reset(self) -> _Answer:
        self.server.carrier.reset()
        return 204, None, {}

    # Reading and writing ----------------------------------------------------------------------------------------------

    def _json(self) -> Any:
        try:
            return json.loads(self._raw)
        except (ValueError, RecursionError):
            raise Trouble(400, "invalidBody", "The body is not JSON.") from None

    def _object(self) -> dict[str, Any]:
        body = self._json()
        if not isinstance(body, dict):
            raise Trouble(400, "invalidBody", "The body is not an object.")
        return body

    def _number(self, name: str, usual: int, most: int) -> int:
        text = self._query.get(name, str(usual))
        if not (text.isascii() and text.isdigit() and len(text) < 12):
            raise Trouble(400, "invalidQuery", f"{name} is a whole number.")
        return min(int(text), most)

    def _fields(self, ticket: Ticket) -> Ticket:
        names = [name for name in self._query.get("fields", "").split(",") if name]
        return {name: ticket[name] for name in ("@type", "id", "href", *names) if name in ticket} if names else ticket

    def _stay_silent(self) -> None:
        self.close_connection = True
        select.select([self.connection], [], [], _MAX_SILENCE)

    def _write(self, status: int, body: Any, headers: Mapping[str, str], *, drip: bool) -> None:
        behaviour = self.server.carrier.behaviour
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        if drip and 200 <= status < 300 and content and behaviour.take("invalid_body"):
            content = b"<html>" + content[: len(content) // 2]
        kind = {"Content-Type": "application/json"} if content else {}
        length = {} if status == 204 else {"Content-Length": str(len(content))}
        close = {"Connection": "close"} if self.close_connection else {}
        lines = [f"{name}: {value}" for name, value in {**kind, **length, **close, **headers}.items()]
        reason = self.responses[status][0] if status in self.responses else "Status"
        raw = "\r\n".join([f"HTTP/1.1 {status} {reason}", *lines, "", ""]).encode("latin-1") + content
        pause = behaviour["drip"] if drip else 0
        for piece in [raw[at : at + 1] for at in range(len(raw))] if pause else [raw]:
            self.wfile.write(piece)
            time.sleep(pause)

    def _log(self, pattern: str, status: int) -> None:
        if self.server.log:
            print(f"{timestamp()} {self.command} {pattern} {status or 'no answer'}", file=sys.stderr, flush=True)


_ROUTES: dict[tuple[str, str], Callable[..., _Answer]] = {
    ("POST", f"{BASE}/troubleTicket"): Handler._create,
    ("GET", f"{BASE}/troubleTicket"): Handler._list,
    ("GET", f"{BASE}/troubleTicket/{{id}}"): Handler._get,
    ("PATCH", f"{BASE}/troubleTicket/{{id}}"): Handler._patch,
    ("POST", f"{BASE}/hub"): Handler._subscribe,
    ("GET", f"{BASE}/hub/{{id}}"): Handler._hub,
    ("DELETE", f"{BASE}/hub/{{id}}"): Handler._unsubscribe,
    ("GET", "/sandbox/behaviour"): Handler._behaviour,
    ("POST", "/sandbox/behaviour"): Handler._behaviour,
    ("GET", "/sandbox/tickets"): Handler._tickets,
    ("POST", "/sandbox/tickets/{id}/move"): Handler._move,
    ("GET", "/sandbox/events"): Handler._events,
    ("POST", "/sandbox/events"): Handler._events,
    ("POST", "/sandbox/reset"): Handler._reset,
}
_PATTERNS = frozenset(pattern for _, pattern in _ROUTES) | {"/livez"}


def _pattern(path: str) -> tuple[str, list[str]]:
    """The pattern that a path follows and what stands in its place; an unknown path is logged as just that."""
    if path in _PATTERNS:
        return path, []
    for prefix in (f"{BASE}/troubleTicket/", f"{BASE}/hub/", "/sandbox/tickets/"):
        if path.startswith(prefix):
            middle, slash, rest = path[len(prefix) :].partition("/")
            pattern = prefix + "{id}" + slash + rest
            if middle and pattern in _PATTERNS:
                return pattern, [middle]
    return "(unknown path)", []


def _hub(hub_id: str, callback: str) -> dict[str, str]:
    return {"@type": "Hub", "id": hub_id, "callback": callback}
