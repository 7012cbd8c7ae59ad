"""Where a carrier's own system delivers its feeds, and asks what became of them. Errors are problem details (RFC 9457).

``PUT /api/v1/feeds/<snapshot|delta>/<as of>`` with the file as the body, plain, gzip or Zstandard, and the carrier's
token (``Authorization: Bearer …``, ``carriers.tokens``). Answers: 202 received, 200 the very same file was received
before, both with ``Location``; 400 not what its digest says, or cut off; 401 no token that is valid; 404 no such kind
of feed; 409 another file of this carrier is on its way; 411 no length given; 413 too large; 415 not sent as it is;
422 an "as of" that cannot be; 507 no room for it.

``GET`` of that ``Location`` tells its state and counts, ``GET …/rejects`` the lines that were not taken. Another
carrier's feed is the same 404 as none.
"""

import uuid
from typing import Any

import structlog
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lookups.carriers import tokens
from lookups.carriers.models import Carrier
from lookups.carriers.problems import problem
from lookups.identity.decorators import machine
from lookups.registry import deliveries, digests, importing, moments, spool
from lookups.registry.feeds.problems import CutShort, FeedRefused, NoRoom, TooLong
from lookups.registry.models import CameBy, Feed, FeedKind

log = structlog.get_logger(__name__)

CHUNK = 1 << 18
TYPES = frozenset({"", "text/csv", "application/gzip", "application/x-gzip", "application/zstd",
                   "application/octet-stream"})  # fmt: skip


class Refused(Exception):
    """A request that is answered with a problem."""

    def __init__(self, status: int, code: str, title: str, detail: str = "") -> None:
        super().__init__(code)
        self.response = problem(status, code=code, title=title, detail=detail)


@machine
@require_http_methods(["PUT"])
def deliver(request: HttpRequest, kind: str, as_of: str) -> HttpResponse:
    """Take a feed in, as it comes. What can be refused without the body is refused before it is read."""
    try:
        carrier = _carrier(request)
        delivery = _announced(request, carrier, kind, as_of)
        expected = _expected_digest(request)
        with spool.turn(carrier.pk) as ours:
            if not ours:
                raise Refused(409, "busy", "Another file of this carrier is on its way. Send one after the other.")
            received = _receive(request, delivery, expected)
    except Refused as refused:
        return _closing(refused.response)
    except NoRoom as refusal:
        return _closing(problem(507, code="no_room", title=str(refusal)))
    response = JsonResponse(_told(received.feed), status=200 if received.again else 202)
    response["Location"] = reverse("registry:feed", args=[received.feed.pk])
    return response


@machine
@require_safe
def feed(request: HttpRequest, feed_id: uuid.UUID) -> HttpResponse:
    """What became of one feed."""
    try:
        return JsonResponse(_told(_own(request, feed_id)))
    except Refused as refused:
        return refused.response


@machine
@require_safe
def rejects(request: HttpRequest, feed_id: uuid.UUID) -> HttpResponseBase:
    """Its lines that were not taken: line, column, reason."""
    try:
        found = _own(request, feed_id)
    except Refused as refused:
        return refused.response
    return rejects_of(found) or problem(404, code="no_rejects", title="There is no list of rejected lines.")


def rejects_of(feed: Feed) -> FileResponse | None:
    """The list as an attachment. It holds numbers of lines, names of columns and reasons, so no cell is a formula."""
    if not feed.has_rejects:
        return None
    try:
        file = importing.rejects_path_of(feed).open("rb")
    except OSError:
        return None
    name = f"rejects-{feed.as_of:%Y%m%d}-{str(feed.pk)[:8]}.csv"
    return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


def _carrier(request: HttpRequest) -> Carrier:
    carrier = tokens.carrier_of(request.headers.get("Authorization", ""))
    if carrier is None:
        log.warning("delivery_refused", reason="token")
        refused = Refused(401, "bad_token", "Feeds are delivered with the carrier's token.")
        refused.response["WWW-Authenticate"] = "Bearer"
        raise refused
    return carrier


def _own(request: HttpRequest, feed_id: uuid.UUID) -> Feed:
    found = Feed.objects.filter(pk=feed_id, carrier=_carrier(request)).first()
    if found is None:
        raise Refused(404, "unknown_feed", "There is no such feed of yours.")
    return found


def _announced(request: HttpRequest, carrier: Carrier, kind: str, as_of: str) -> deliveries.Delivery:
    """What the address and the headers say."""
    if kind not in FeedKind.values:
        raise Refused(404, "unknown_kind", "A feed is a snapshot or a delta.")
    moment = moments.read(as_of)
    if moment is None:
        raise Refused(422, "bad_as_of", "The “as of” is not a date or a moment in ISO 8601.")
    try:
        importing.check_moment(moment)
    except FeedRefused as refusal:
        raise Refused(422, "bad_as_of", str(refusal)) from None
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type not in TYPES or request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused(415, "bad_type", "Send the CSV, gzip or zstd file as it is, without a Content-Encoding.")
    length = request.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        raise Refused(411, "no_length", "Say in Content-Length how long the file is.")
    if int(length) > settings.FEED_MAX_BYTES:
        raise Refused(413, "too_long", "The file is larger than this interface takes.")
    return deliveries.Delivery(carrier, kind, moment, CameBy.INTERFACE)


def _expected_digest(request: HttpRequest) -> bytes | None:
    try:
        return digests.expected(request.headers)
    except ValueError as error:
        raise Refused(400, "bad_digest", str(error)) from None


def _receive(request: HttpRequest, delivery: deliveries.Delivery, expected: bytes | None) -> deliveries.Received:
    """The body into the spool. What goes wrong from here on leaves a feed that says so."""
    with spool.Incoming() as incoming:
        try:
            _read(request, incoming)
            if expected is not None and expected != incoming.digest:
                raise CutShort("The file that arrived is not the one whose digest was sent with it.")
            return deliveries.accept(incoming, delivery)
        except FeedRefused as refusal:
            deliveries.refuse(incoming, delivery, refusal)
            status, code = _STATUSES.get(type(refusal), (400, "cut_short"))
            raise Refused(status, code, str(refusal)) from None


_STATUSES = {TooLong: (413, "too_long"), NoRoom: (507, "no_room")}


def _read(request: HttpRequest, incoming: spool.Incoming) -> None:
    connection = request.environ.get("gunicorn.socket") if hasattr(request, "environ") else None
    if connection is not None:
        # Otherwise a carrier whose machine is switched off in the middle would keep this thread for ever.
        connection.settimeout(settings.FEED_SILENCE_SECONDS)
    length = int(request.headers["Content-Length"])
    while incoming.size < length:
        try:
            data = request.read(CHUNK)
        except OSError:
            data = b""
        if not data:
            raise CutShort("The connection ended before the whole file had arrived.")
        incoming.write(data)
    if connection is not None:
        connection.settimeout(None)


def _told(feed: Feed) -> dict[str, Any]:
    """A feed as the carrier's system reads it."""
    links = {"self": reverse("registry:feed", args=[feed.pk])}
    if feed.has_rejects:
        links["rejects"] = reverse("registry:rejects", args=[feed.pk])
    counts = ("lines", "rejected", "started", "changed", "ended", "unchanged")
    return {
        "id": str(feed.pk),
        "kind": feed.kind,
        "as_of": feed.as_of.isoformat(),
        "received_at": feed.received_at.isoformat(),
        "applied_at": feed.applied_at.isoformat() if feed.applied_at else None,
        "state": feed.state,
        "settled": feed.is_settled,
        "problem": feed.problem or None,
        "size": feed.size,
        "digest": digests.written(bytes(feed.digest)) if feed.digest else None,
        "counts": {name: getattr(feed, name) for name in counts},
        "links": links,
    }


def _closing(response: HttpResponse) -> HttpResponse:
    """Not all of the body was read: nothing else can come over this connection."""
    response["Connection"] = "close"
    return response
