"""The doorbell of each carrier's mailbox, and the clocks of disputes. A task carries a mailbox's id or nothing."""

import datetime
import time
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import structlog
from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from lookups.carriers.models import Channel
from lookups.carriers.transports.contract import CarrierEvent, Transport
from lookups.disputes import deadlines, drafts, family, handovers, inbox, removals, routing, services
from lookups.disputes.models import Handover, HandoverMessage
from lookups.outbox import doorbell
from lookups.outbox.drain import drain
from lookups.outbox.receipts import DeliveryError
from lookups.registry import retention

log = structlog.get_logger(__name__)


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
    answering = Q(open_until=None) | Q(open_until__lte=Now())
    channel = Channel.objects.select_related("carrier").filter(answering, pk=channel_id).first()
    if channel is None:
        return
    transport = channel.transport()
    ends = time.monotonic() + settings.OUTBOX_DRAIN_BUDGET
    with ThreadPoolExecutor(max_workers=channel.max_in_flight, thread_name_prefix="poll") as pool:
        while time.monotonic() < ends:
            tickets = _next_to_ask(channel)
            if not tickets:
                return
            answers = list(pool.map(lambda ticket: _ask(transport, *ticket), tickets))
            for events in answers:
                _take(channel, events or [])
            if all(events is None for events in answers):
                # Nobody is there: the others wait for the next round, and deliveries are not held up.
                return
    doorbell.ring("disputes.poll", channel.pk)


def _next_to_ask(channel: Channel) -> list[tuple[str, str]]:
    """As many tickets as fit in flight, longest unasked first, marked as asked, so that two polls never meet."""
    with transaction.atomic():
        due = handovers.to_poll(before=_poll_horizon()).filter(carrier=channel.carrier).select_related("dispute")
        waiting = due.order_by(F("polled_at").asc(nulls_first=True)).select_for_update(skip_locked=True, of=("self",))
        tickets = list(waiting[: channel.max_in_flight])
        Handover.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(polled_at=timezone.now())
    return [(ticket.dispute.reference, ticket.remote_id) for ticket in tickets]


def _ask(transport: Transport, reference: str, remote_id: str) -> list[CarrierEvent] | None:
    """Network only: runs in a thread without a database. None where nothing came back."""
    try:
        return transport.poll(reference, remote_id)
    except DeliveryError as error:
        log.info("poll_failed", reference=reference, reason=error.reason)
    except Exception:
        # A transport's own fault with one ticket must not end the round of all others.
        log.exception("poll_failed", reference=reference)
    return None


def _take(channel: Channel, events: Iterable[CarrierEvent]) -> None:
    for event in events:
        try:
            inbox.receive(channel.carrier, event)
        except inbox.Duplicate:
            continue
        except (DatabaseError, ValueError, LookupError):
            log.exception("event_not_digested", carrier=channel.carrier.code, reference=event.reference)


@shared_task(name="disputes.escalate_late")
def escalate_late() -> None:
    """Start clocks that stood still long enough, take what is overdue to the regulator, and remind of what will be."""
    deadlines.start_again(timezone.now())
    deadlines.expire(timezone.now())
    deadlines.remind(timezone.now())


@shared_task(name="disputes.forward_misrouted")
def forward_misrouted() -> None:
    """Take disputes on to the carriers that were named as the right ones."""
    routing.forward()


@shared_task(name="disputes.check_removals")
def check_removals() -> None:
    """Look whether what carriers said they removed is gone from their feeds, and stays away."""
    removals.check(seconds=settings.OUTBOX_DRAIN_BUDGET)


@shared_task(name="disputes.forget_ended_registrations")
def forget_ended_registrations() -> None:
    """Delete what is past its time in the registry; the rest of very much of it at the next tick."""
    retention.forget(services.registrations_needed(), seconds=settings.OUTBOX_DRAIN_BUDGET)


@shared_task(name="disputes.end_family_waits")
def end_family_waits() -> None:
    """Drop what a citizen wanted to ask their family about and never came back to."""
    family.end_waits(timezone.now())


@shared_task(name="disputes.forget_drafts")
def forget_drafts() -> None:
    """Delete what was typed a day ago and never sent."""
    drafts.forget_old()


def _poll_horizon() -> datetime.datetime:
    return timezone.now() - datetime.timedelta(seconds=settings.POLL_SECONDS)
