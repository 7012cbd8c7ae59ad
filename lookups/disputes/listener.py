"""Our TMF621 v5 listener: where a carrier's system reports what became of a ticket.

``POST /tmf-api/troubleTicket/v5/carriers/<code>/listener/<event name>``, signed after Standard Webhooks 1.0.0 with the
secret of that carrier. In this order: body limit, signature, reading, taking. The answers: 204 taken (or taken
before), 401 not signed by this carrier, 404 no such ticket of this carrier, 409 stale or replayed, 413 too long,
400/422 unreadable.
"""

import json
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from lookups.carriers import signatures
from lookups.carriers.models import Channel
from lookups.carriers.problems import problem
from lookups.carriers.transports import tmforum_mapping
from lookups.carriers.transports.contract import CarrierEvent
from lookups.disputes import inbox
from lookups.disputes.models import Reading
from lookups.identity.decorators import machine

log = structlog.get_logger(__name__)

EVENTS = frozenset(
    {
        "troubleTicketStatusChangeEvent",
        "troubleTicketAttributeValueChangeEvent",
        "troubleTicketResolvedEvent",
        "troubleTicketInformationRequiredEvent",
    }
)


@machine
@require_POST
def listen(request: HttpRequest, code: str, event_name: str) -> HttpResponse:
    """Take one event of one carrier."""
    if int(request.headers.get("Content-Length") or 0) > settings.MACHINE_BODY_LIMIT:
        return problem(413, code="too_long", title="The body is longer than this interface takes.")
    body = request.read(settings.MACHINE_BODY_LIMIT + 1)
    channel = Channel.objects.select_related("carrier").filter(carrier__code=code).first()
    secrets = channel.webhook_secrets() if channel else []
    try:
        event_id = signatures.verify(secrets, request.headers, body, now=timezone.now().timestamp())
    except signatures.StaleTimestamp:
        return problem(409, code="stale", title="The signature is of another time. Check your clock and sign anew.")
    except signatures.BadSignature:
        log.warning("event_refused", carrier=code if channel else "unknown", reason="signature")
        channel = None
    if channel is None:
        return problem(401, code="bad_signature", title="The signature does not fit.")
    if event_name not in EVENTS:
        return problem(404, code="unknown_event", title="This listener does not take events of this name.")
    try:
        event = _read(body, event_id)
    except ValueError as error:
        return problem(422, code="unreadable", title="The event cannot be read.", detail=str(error))
    return _take(channel, event, signed_at=int(request.headers["webhook-timestamp"]))


def _read(body: bytes, event_id: str) -> CarrierEvent:
    """The event in ``body``. Raises ValueError with a sentence that quotes nothing of it."""
    try:
        content: Any = json.loads(body)
    except ValueError:
        raise ValueError("The body is not JSON.") from None
    envelope = content.get("event") if isinstance(content, dict) else None
    ticket = envelope.get("troubleTicket") if isinstance(envelope, dict) else None
    if not isinstance(ticket, dict):
        raise ValueError("The event holds no troubleTicket.")
    event = tmforum_mapping.event_from(ticket, event_id=event_id, occurred_at=_time(content.get("eventTime")))
    if not (event.reference + event.remote_id).isprintable():
        raise ValueError("An identifier holds characters that cannot be printed.")
    return event


def _time(text: Any) -> datetime | None:
    moment = parse_datetime(text) if isinstance(text, str) else None
    return moment if moment is None or timezone.is_aware(moment) else None


def _take(channel: Channel, event: CarrierEvent, *, signed_at: int) -> HttpResponse:
    try:
        reading = inbox.receive(channel.carrier, event, signed_at=signed_at)
    except inbox.Duplicate as known:
        if known.signed_at == signed_at:
            return problem(409, code="replayed", title="This very message was received before.")
        return HttpResponse(status=204)
    log.info("event_taken", carrier=channel.carrier.code, reading=reading.value, kind=event.kind)
    if reading in (Reading.UNKNOWN_TICKET, Reading.FOREIGN_TICKET):
        return problem(404, code="unknown_ticket", title="We know no such ticket of yours.")
    return HttpResponse(status=204)
