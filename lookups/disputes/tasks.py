"""The doorbell of each carrier's mailbox, and the clocks of disputes. A task carries a mailbox's id or nothing."""

import datetime
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from lookups.carriers.models import Channel
from lookups.carriers.transports.contract import CarrierEvent, Transport
from lookups.disputes import drafts, handovers, inbox, services
from lookups.disputes.models import Handover, HandoverMessage
from lookups.outbox import doorbell
from lookups.outbox.drain import drain
from lookups.outbox.receipts import DeliveryError

log = structlog.get_logger(__name__)

POLLS_AT_ONCE = 200


@shared_task(name="disputes.drain")
def drain_channel(mailbox_id: str) -> None:
    """Deliver what is due at one carrier; ring again where there is more."""
    if drain(handovers.DELIVERY, uuid.UUID(mailbox_id)):
        doorbell.ring(HandoverMessage.drain_task, uuid.UUID(mailbox_id))


@shared_task(name="disputes.poll_carriers")
def poll_carriers() -> None:
    """Ring for each carrier that should be asked about tickets we have not heard of for a while."""
    due = handovers.to_poll(before=_poll_horizon()).order_by()
    for channel in Channel.objects.filter(carrier__in=due.values("carrier")):
        doorbell.ring("disputes.poll", channel.pk)


@shared_task(name="disputes.poll")
def poll_carrier(channel_id: str) -> None:
    """Ask one carrier for the present state of its open tickets: the safety net under lost events."""
    channel = Channel.objects.select_related("carrier").get(pk=channel_id)
    if channel.open_until and channel.open_until > timezone.now():
        return
    due = handovers.to_poll(before=_poll_horizon()).filter(carrier=channel.carrier).select_related("dispute")
    tickets = list(due.order_by("polled_at")[:POLLS_AT_ONCE])
    Handover.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(polled_at=timezone.now())
    transport = channel.transport()
    with ThreadPoolExecutor(max_workers=channel.max_in_flight, thread_name_prefix="poll") as pool:
        asked = [(ticket.dispute.reference, ticket.remote_id) for ticket in tickets]
        for events in pool.map(lambda ticket: _ask(transport, *ticket), asked):
            _take(channel, events)


def _ask(transport: Transport, reference: str, remote_id: str) -> list[CarrierEvent]:
    """Network only: runs in a thread without a database."""
    try:
        return transport.poll(reference, remote_id)
    except DeliveryError as error:
        log.info("poll_failed", reference=reference, reason=error.reason)
        return []


def _take(channel: Channel, events: Iterable[CarrierEvent]) -> None:
    for event in events:
        try:
            inbox.receive(channel.carrier, event)
        except inbox.Duplicate:
            continue


@shared_task(name="disputes.escalate_late")
def escalate_late() -> None:
    """Take what is overdue to the regulator."""
    services.escalate_late(timezone.now())


@shared_task(name="disputes.forget_drafts")
def forget_drafts() -> None:
    """Delete what was typed a day ago and never sent."""
    drafts.forget_old()


def _poll_horizon() -> datetime.datetime:
    return timezone.now() - datetime.timedelta(seconds=settings.POLL_SECONDS)
