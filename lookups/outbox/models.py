"""What leaves the building, as rows: a mailbox per destination, messages in it, and one row for each attempt.

Abstract: the rooms above bring the tables. A message's ``id`` is its idempotency key, the same on every attempt. Its
``stream`` keeps order: a message waits until all earlier ones of its stream are settled. Leases and due times are
compared on PostgreSQL's clock only, so that a worker whose clock jumps neither steals nor forgets.
"""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Mailbox(models.Model):
    """One destination: how much it takes at once, whether it answers at present, and who empties it right now."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    max_in_flight = models.PositiveSmallIntegerField(
        _("requests at once"), default=8, help_text=_("How many requests we keep open to this destination at most.")
    )
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    open_until = models.DateTimeField(_("breaker open until"), null=True, blank=True, editable=False)
    drained_by = models.UUIDField(null=True, editable=False)
    drained_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True


class MessageState(models.TextChoices):
    DUE = "due", _("waiting to be sent")
    SENT = "sent", _("sent")
    PARKED = "parked", _("parked")
    DROPPED = "dropped", _("taken back before it was sent")


class MessageQuerySet(models.QuerySet[Any]):
    def due(self) -> "MessageQuerySet":
        """Messages whose time has come and that no earlier message of their stream holds back."""
        held_back = self.model._default_manager.filter(
            stream=OuterRef("stream"),
            position__lt=OuterRef("position"),
            state__in=[MessageState.DUE, MessageState.PARKED],
        )
        return self.filter(Q(state=MessageState.DUE), Q(next_attempt_at__lte=Now()), ~Exists(held_back))

    def deliverable(self) -> "MessageQuerySet":
        """Due messages in mailboxes whose breaker lets something through."""
        return self.due().filter(Q(mailbox__open_until=None) | Q(mailbox__open_until__lte=Now()))

    def parked(self) -> "MessageQuerySet":
        return self.filter(state=MessageState.PARKED)

    def try_again(self) -> int:
        """Make parked messages due again, from the start of the schedule. Returns how many."""
        return self.parked().update(
            state=MessageState.DUE, next_attempt_at=Now(), attempts=0, parked_reason="", settled_at=None, lease=None
        )


class Message(models.Model):
    """One thing to deliver.

    Subclasses add ``mailbox`` (a foreign key), the sealed payload, and name their drain task.
    """

    drain_task: ClassVar[str]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stream = models.UUIDField(editable=False)
    position = models.PositiveIntegerField(editable=False)
    state = models.CharField(max_length=8, choices=MessageState.choices, default=MessageState.DUE)
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0, editable=False)
    lease = models.UUIDField(null=True, editable=False)
    maybe_sent = models.BooleanField(default=False, editable=False)
    parked_reason = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stream", "position"], name="%(class)s_one_per_position")
        ]
        indexes: ClassVar = [
            models.Index(fields=["mailbox", "next_attempt_at"], name="%(class)s_due", condition=Q(state="due"))
        ]


class Verdict(models.TextChoices):
    STARTED = "started", _("started, never finished")
    DELIVERED = "delivered", _("delivered")
    LATER = "later", _("failed, will be tried again")
    REFUSED = "refused", _("refused by the other side")
    MISCONFIGURED = "misconfigured", _("our settings are wrong")


class Attempt(models.Model):
    """One attempt. Subclasses add ``message``. An attempt whose process died stays ``started``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lease = models.UUIDField()
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=16, choices=Verdict.choices, default=Verdict.STARTED)
    reason = models.CharField(max_length=64, blank=True)
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True
