"""Tickets at carriers, and what carriers sent back. To be imported from ``models`` alone, which this needs."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lookups.carriers.models import Carrier, Channel
from lookups.disputes.models import Dispute
from lookups.outbox.models import Attempt, Message
from lookups.vault.fields import SealedJSONField


class Handover(models.Model):
    """One dispute's ticket at one carrier. ``remote_id`` is the carrier's own name for it, once we know it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="handovers")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="+")
    hop = models.PositiveSmallIntegerField(default=1)
    remote_id = models.CharField(max_length=200, blank=True)
    accepted_at = models.DateTimeField(null=True)
    polled_at = models.DateTimeField(null=True)
    last_event_at = models.DateTimeField(null=True)
    last_event_kind = models.CharField(max_length=24, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dispute", "hop"], name="handover_one_per_hop"),
            models.UniqueConstraint(
                fields=["carrier", "remote_id"], condition=~Q(remote_id=""), name="handover_one_per_ticket"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispute} at {self.carrier}"


class HandoverMessage(Message):
    """One message of a handover.

    The ticket itself, a note, files, an order, a withdrawal, the close. Its payload is frozen and sealed.
    """

    drain_task: ClassVar[str] = "disputes.drain"

    mailbox = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="messages")
    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=12)
    payload = SealedJSONField()

    class Meta(Message.Meta):
        verbose_name = _("message to a carrier")
        verbose_name_plural = _("messages to carriers")

    def __str__(self) -> str:
        return f"{self.kind} for {self.handover}"


class DeliveryAttempt(Attempt):
    """One attempt to deliver a message to a carrier."""

    message = models.ForeignKey(HandoverMessage, on_delete=models.CASCADE, related_name="tries")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["message", "lease"], name="delivery_attempt")]

    def __str__(self) -> str:
        return f"{self.verdict} {self.started_at:%Y-%m-%d %H:%M}"


class Reading(models.TextChoices):
    MOVED = "moved", _("moved the dispute")
    NO_CHANGE = "no_change", _("said nothing new")
    LATE = "late", _("came after the dispute had moved on: kept, changed nothing")
    UNKNOWN_TICKET = "unknown_ticket", _("is about a ticket we do not know")
    FOREIGN_TICKET = "foreign_ticket", _("is about another carrier's ticket")
    PERSON = "person", _("a person has to look")


class InboxEvent(models.Model):
    """One event from one carrier, taken once. ``body`` is what it said, sealed; ``reading`` what we made of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="+")
    event_id = models.CharField(max_length=256)
    received_at = models.DateTimeField()
    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, null=True, related_name="events")
    kind = models.CharField(max_length=24)
    signed_at = models.BigIntegerField(default=0)
    reading = models.CharField(max_length=16, choices=Reading.choices)
    body = SealedJSONField()

    class Meta:
        verbose_name = _("event from a carrier")
        verbose_name_plural = _("events from carriers")
        constraints: ClassVar = [models.UniqueConstraint(fields=["carrier", "event_id"], name="inbox_event_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.received_at:%Y-%m-%d %H:%M}"
