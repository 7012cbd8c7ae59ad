"""Emptying one mailbox: at least once to the other side, never inside a transaction.

The forces, in the order in which they shaped this file:

- A worker may die at any moment. So a claim is one conditional UPDATE that counts the attempt, pushes
  ``next_attempt_at`` past a lease and leaves an attempt row; nobody needs to clean up after a dead worker, its claim
  simply runs out. What was claimed and never settled may have arrived: it is claimed again with ``maybe_sent``.
- Two workers may drain the same mailbox at once (a doorbell delivered twice, a sweep during a drain). One holds the
  mailbox's own lease, so that its concurrency cap and its breaker hold; message leases keep it safe even if both do.
- A slow destination must not hold a worker for long. The drain yields at its budget and says that there is more.
- A dead destination must not be hammered. After five failures in a row the breaker opens; then one probe at a time.
- Threads only talk to the network. All database work happens in the thread that runs the drain.
"""

import datetime
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from lookups.outbox import schedule
from lookups.outbox.models import Attempt, Mailbox, Message, MessageState, Verdict
from lookups.outbox.receipts import DeliveryError, Later, Misconfigured, Receipt

log = structlog.get_logger(__name__)

BREAKER_AFTER = 5
BREAKER_FIRST_PAUSE = 15.0
BREAKER_LONGEST_PAUSE = 600.0
DRAIN_LEASE = datetime.timedelta(seconds=15)

Sending = Callable[[], Receipt]


@dataclass(frozen=True)
class Delivery:
    """What a room brings: its tables, and what to do before and after the network.

    ``prepare`` reads what it needs from the database and returns a function that only talks to the network: it returns
    a Receipt or raises one of the errors of ``receipts``. ``delivered`` and ``parked`` run in the settling
    transaction.
    """

    mailboxes: type[Mailbox]
    messages: type[Message]
    attempts: type[Attempt]
    prepare: Callable[[Any], Sending]
    delivered: Callable[[Any, Receipt], None]
    parked: Callable[[Any], None]


def drain(delivery: Delivery, mailbox_id: uuid.UUID, *, budget: float | None = None) -> bool:
    """Deliver what is due in this mailbox. True where something is still deliverable: ring again.

    ``budget`` is in seconds (default ``OUTBOX_DRAIN_BUDGET``); requests under way when it ends are waited for.
    """
    ends = time.monotonic() + (settings.OUTBOX_DRAIN_BUDGET if budget is None else budget)
    with _mailbox_lease(delivery, mailbox_id) as lease:
        if lease is None:
            return False
        _deliver_until(ends, delivery, mailbox_id, lease)
    return bool(delivery.messages.objects.deliverable().filter(mailbox_id=mailbox_id).exists())


def _deliver_until(ends: float, delivery: Delivery, mailbox_id: uuid.UUID, lease: uuid.UUID) -> None:
    in_flight: dict[Future[Receipt], Message] = {}
    mailbox = _renew(delivery, mailbox_id, lease)
    if mailbox is None:
        return
    with ThreadPoolExecutor(max_workers=mailbox.max_in_flight, thread_name_prefix="deliver") as pool:
        while True:
            mailbox = _renew(delivery, mailbox_id, lease)
            if mailbox is not None and time.monotonic() < ends:
                for message in _claim(delivery, mailbox, room=_room(mailbox, len(in_flight))):
                    in_flight[pool.submit(_prepared(delivery, message))] = message
            if not in_flight:
                return
            done, _ = wait(in_flight, timeout=DRAIN_LEASE.total_seconds() / 3, return_when=FIRST_COMPLETED)
            for future in done:
                _settle(delivery, in_flight.pop(future), future)


def _room(mailbox: Mailbox, in_flight: int) -> int:
    """How many more messages to claim: while the mailbox has trouble, one at a time."""
    width = mailbox.max_in_flight if mailbox.failures < BREAKER_AFTER else 1
    return max(0, width - in_flight)


@contextmanager
def _mailbox_lease(delivery: Delivery, mailbox_id: uuid.UUID) -> Iterator[uuid.UUID | None]:
    lease = uuid.uuid4()
    free = Q(drained_until=None) | Q(drained_until__lte=Now())
    mailboxes = delivery.mailboxes._default_manager
    if not mailboxes.filter(free, id=mailbox_id).update(drained_by=lease, drained_until=Now() + DRAIN_LEASE):
        yield None
        return
    try:
        yield lease
    finally:
        mailboxes.filter(id=mailbox_id, drained_by=lease).update(drained_by=None, drained_until=None)


def _renew(delivery: Delivery, mailbox_id: uuid.UUID, lease: uuid.UUID) -> Mailbox | None:
    """The mailbox as it is now, with our lease on it extended; None where the lease was lost or the breaker is open."""
    mailboxes = delivery.mailboxes._default_manager
    if not mailboxes.filter(id=mailbox_id, drained_by=lease).update(drained_until=Now() + DRAIN_LEASE):
        return None
    closed = Q(open_until=None) | Q(open_until__lte=Now())
    return mailboxes.filter(closed, id=mailbox_id).first()


def _claim(delivery: Delivery, mailbox: Mailbox, *, room: int) -> list[Message]:
    """Take up to ``room`` due messages. One UPDATE decides; a row another worker took meanwhile is skipped."""
    if room <= 0:
        return []
    lease = uuid.uuid4()
    messages = delivery.messages.objects
    with transaction.atomic():
        picked = list(
            messages.due()
            .filter(mailbox=mailbox)
            .order_by("next_attempt_at")
            .select_for_update(skip_locked=True, of=("self",))
            .values_list("id", flat=True)[:room]
        )
        messages.filter(id__in=picked).update(
            attempts=F("attempts") + 1,
            next_attempt_at=Now() + datetime.timedelta(seconds=settings.OUTBOX_LEASE_SECONDS),
            maybe_sent=models.Case(
                models.When(lease__isnull=False, then=True), default=F("maybe_sent"), output_field=models.BooleanField()
            ),
            lease=lease,
        )
        delivery.attempts._default_manager.bulk_create(
            delivery.attempts(**{"message_id": message_id, "lease": lease}) for message_id in picked
        )
    return list(messages.filter(id__in=picked, lease=lease).order_by("created_at", "position"))


def _prepared(delivery: Delivery, message: Message) -> Sending:
    """The message's sending; where even preparing fails (a payload that cannot be read), a sending that says so."""
    try:
        return delivery.prepare(message)
    except Exception as error:
        failure = error if isinstance(error, DeliveryError) else _unexpected(error)

        def fail() -> Receipt:
            raise failure

        return fail


def _unexpected(error: BaseException) -> Later:
    """Only the type's name: an exception's text may carry anything."""
    return Later("unexpected", type(error).__name__, ambiguous=True)


def _settle(delivery: Delivery, message: Message, future: "Future[Receipt]") -> None:
    """Write down how it ended. Nothing is written where another worker has taken the message meanwhile.

    A receipt that the room above cannot digest (one ticket id for two disputes) must not stop the mailbox: the message
    is tried again, and parked in the end.
    """
    try:
        _write_down(delivery, message, future)
    except (DatabaseError, ValueError, LookupError) as error:
        log.exception("receipt_not_digested", message=str(message.id))
        with transaction.atomic():
            _settle_later(delivery, message, _unexpected(error))


def _write_down(delivery: Delivery, message: Message, future: "Future[Receipt]") -> None:
    error = future.exception()
    with transaction.atomic():
        if error is None:
            _settle_delivered(delivery, message, future.result())
        elif isinstance(error, Later) or not isinstance(error, DeliveryError):
            _settle_later(delivery, message, error if isinstance(error, Later) else _unexpected(error))
        else:
            _settle_parked(delivery, message, error)


def _settle_delivered(delivery: Delivery, message: Message, receipt: Receipt) -> None:
    if not _release(delivery, message, state=MessageState.SENT, settled_at=timezone.now()):
        return
    _finish_attempt(delivery, message, Verdict.DELIVERED, receipt.detail)
    _mailbox(delivery, message).filter(Q(failures__gt=0) | Q(open_until__isnull=False)).update(
        failures=0, open_until=None
    )
    delivery.delivered(message, receipt)


def _settle_later(delivery: Delivery, message: Message, error: Later) -> None:
    pause = schedule.delay(message.attempts, error.retry_after)
    if pause is None:
        _settle_parked(delivery, message, error)
        return
    due = Now() + datetime.timedelta(seconds=pause)
    if _release(delivery, message, next_attempt_at=due, maybe_sent=message.maybe_sent or error.ambiguous):
        _finish_attempt(delivery, message, Verdict.LATER, error.detail, error.reason)
        _count_failure(delivery, message, error.retry_after)


def _settle_parked(delivery: Delivery, message: Message, error: DeliveryError) -> None:
    reason = f"gave_up:{error.reason}" if isinstance(error, Later) else error.reason
    settled = {"state": MessageState.PARKED, "parked_reason": reason[:64], "settled_at": timezone.now()}
    if not _release(delivery, message, **settled):
        return
    verdict = Verdict.MISCONFIGURED if isinstance(error, Misconfigured) else Verdict.REFUSED
    _finish_attempt(
        delivery, message, Verdict.LATER if isinstance(error, Later) else verdict, error.detail, error.reason
    )
    if isinstance(error, Misconfigured):
        # Once the pause is over one message goes first, not a full width of them.
        _mailbox(delivery, message).update(failures=Greatest(F("failures"), BREAKER_AFTER))
        _open_breaker(delivery, message, BREAKER_LONGEST_PAUSE)
    log.error("message_parked", message=str(message.id), reason=reason)
    message.parked_reason = reason[:64]
    delivery.parked(message)


def _release(delivery: Delivery, message: Message, **changes: Any) -> bool:
    """End our lease and write ``changes``, if the lease is still ours."""
    owned = delivery.messages.objects.filter(id=message.id, lease=message.lease)
    return bool(owned.update(lease=None, **changes))


def _finish_attempt(delivery: Delivery, message: Message, verdict: Verdict, detail: str, reason: str = "") -> None:
    ours = {"message_id": message.id, "lease": message.lease}
    delivery.attempts._default_manager.filter(**ours).update(
        finished_at=timezone.now(), verdict=verdict, reason=reason[:64], detail=detail[:200]
    )


def _mailbox(delivery: Delivery, message: Message) -> "models.QuerySet[Any]":
    return delivery.mailboxes._default_manager.filter(id=message.mailbox_id)  # type: ignore[attr-defined]


def _count_failure(delivery: Delivery, message: Message, retry_after: float | None) -> None:
    """One more failure in a row; from the fifth on the breaker opens, each time for longer."""
    mailbox = _mailbox(delivery, message)
    mailbox.update(failures=F("failures") + 1)
    failures: int = mailbox.values_list("failures", flat=True)[0]
    if failures >= BREAKER_AFTER:
        pause = BREAKER_FIRST_PAUSE * 2.0 ** min((failures - BREAKER_AFTER) / 2, 10)
        _open_breaker(delivery, message, min(max(pause, retry_after or 0), BREAKER_LONGEST_PAUSE))


def _open_breaker(delivery: Delivery, message: Message, seconds: float) -> None:
    until = Now() + datetime.timedelta(seconds=seconds)
    _mailbox(delivery, message).update(open_until=until)
    log.warning("breaker_opened", mailbox=str(message.mailbox_id), seconds=round(seconds))  # type: ignore[attr-defined]


def close_breaker(mailboxes: "models.QuerySet[Any]") -> int:
    """Let these mailboxes try again at once (a person has mended something)."""
    return mailboxes.update(failures=0, open_until=None)


__all__ = ["Delivery", "close_breaker", "drain"]
