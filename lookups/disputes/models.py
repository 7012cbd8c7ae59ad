"""Disputes and the steps they took."""

import datetime
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lookups.carriers.models import Carrier
from lookups.disputes import states
from lookups.disputes.states import State
from lookups.vault import masking
from lookups.vault.fields import SealedJSONField, SealedTextField


class Reason(models.TextChoices):
    NEVER_MINE = "never_mine", _("This number was never mine")
    CANCEL = "cancel", _("It is mine, but I want it cancelled")
    ALREADY_CANCELLED = "already_cancelled", _("I cancelled it before, and it is still listed")
    GIVEN_AWAY = "given_away", _("I gave or sold it to someone else")
    WRONG_DETAILS = "wrong_details", _("The details are wrong")
    LOST_DOCUMENT = "lost_document", _("It was registered with a document I had lost, or an old one")


class Outcome(models.TextChoices):
    REMOVED = "REMOVED", _("Removed from your ID")
    REMOVED_FRAUD = "REMOVED_FRAUD", _("Removed from your ID: it was fraud")
    TRANSFERRED = "TRANSFERRED", _("Moved to the person who uses it")
    CONFIRMED = "CONFIRMED", _("Kept under your ID")
    MISROUTED = "MISROUTED", _("Not this carrier's number")
    CANNOT_DETERMINE = "CANNOT_DETERMINE", _("The carrier could not find out")


class DecidedBy(models.TextChoices):
    CARRIER = "carrier", _("the carrier")
    SILENCE = "silence", _("the time limit that passed")
    REGULATOR = "regulator", _("the regulator")


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> "DisputeQuerySet":
        return self.filter(state__in=states.OPEN)

    def asking_family(self) -> "DisputeQuerySet":
        return self.filter(state__in=[State.FAMILY])

    def running(self) -> "DisputeQuerySet":
        """An answer is owed, and time runs."""
        return self.filter(state__in=states.OWED, stopped_at=None)

    def to_remind(self) -> "DisputeQuerySet":
        """The carrier has the ticket and does not wait for the citizen, or has waited long enough."""
        return self.filter(state__in=states.WORKED_ON | states.STOPPED, stopped_at=None)

    def misrouted(self) -> "DisputeQuerySet":
        """Their carrier has named the one that is right."""
        return self.filter(state__in=[State.PERSON_NEEDED], named_carrier__isnull=False)

    def at_carrier(self) -> "DisputeQuerySet":
        """The carrier owes an answer."""
        return self.filter(state__in=states.AT_CARRIER)

    def to_prove(self) -> "DisputeQuerySet":
        """What the answer said was removed was not seen to be gone yet."""
        return self.filter(state__in=states.ANSWERED, gone_by__isnull=False, gone_as_of=None)

    def proved_gone(self) -> "DisputeQuerySet":
        """What the answer said was removed was gone; it may come back."""
        return self.filter(state__in=states.ANSWERED, gone_as_of__isnull=False)

    def of(self, subjects: list[uuid.UUID]) -> "DisputeQuerySet":
        return self.filter(subject__in=subjects)


class Dispute(models.Model):
    """A citizen's claim about one registration, with everything it needs frozen at filing.

    ``registered_with`` is the carrier that holds the registration, ``carrier`` the one that has to answer (its host, or
    the next after a MISROUTED: ``named_carrier``, until it is there). ``registration`` freezes number, service, plan
    and dates, sealed; ``rules`` freezes the time limit and its source. Times: ``send_after`` ends the undo window;
    ``acknowledge_by`` and ``answer_by`` are the ends of their due days; since ``stopped_at`` the clock stands still,
    until ``stopped_until`` at the latest, and it has stood still for ``stood_still`` working days before; at
    ``remind_at`` the carrier is reminded (``clock``). After an answer that the record was removed, feeds as of
    ``gone_by`` or later must not list it as running any more; ``gone_as_of`` is the "as of" of the first that did not
    (``removals``).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=12, unique=True, editable=False)
    subject = models.UUIDField(db_index=True)
    account = models.UUIDField()
    registration_id = models.UUIDField()
    registered_with = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="+")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="disputes")
    named_carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=24, choices=Reason.choices)
    particulars = SealedJSONField(null=True)
    statement = SealedTextField(null=True)
    registration = SealedJSONField()
    rules = models.JSONField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    filed_at = models.DateTimeField()
    send_after = models.DateTimeField()
    acknowledge_by = models.DateTimeField(null=True)
    answer_by = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    stopped_until = models.DateTimeField(null=True)
    stood_still = models.PositiveSmallIntegerField(default=0, db_default=0)
    remind_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    decided_by = models.CharField(max_length=12, choices=DecidedBy.choices, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = SealedTextField(null=True)
    evidence = SealedJSONField(null=True)
    gone_by = models.DateTimeField(null=True)
    gone_as_of = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        indexes: ClassVar = [
            models.Index(
                fields=["carrier", "answer_by"], name="dispute_queue", condition=Q(state__in=sorted(states.AT_CARRIER))
            ),
            models.Index(
                fields=["registered_with", "gone_by"],
                name="dispute_to_prove",
                condition=Q(gone_by__isnull=False, gone_as_of=None),
            ),
            models.Index(fields=["remind_at"], name="dispute_to_remind", condition=Q(remind_at__isnull=False)),
            models.Index(fields=["stopped_until"], name="dispute_stopped", condition=Q(stopped_until__isnull=False)),
            models.Index(fields=["named_carrier"], name="dispute_misrouted", condition=Q(named_carrier__isnull=False)),
            models.Index(fields=["registration_id"], name="dispute_proved_gone", condition=Q(gone_as_of__isnull=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registration_id"],
                condition=Q(state__in=sorted(states.OPEN)),
                name="dispute_one_open_per_registration",
            )
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("disputes:detail", args=[self.reference])

    @property
    def masked(self) -> masking.Masked:
        return masking.mask(self.registration["number"])

    @property
    def can_cancel(self) -> bool:
        """Inside the undo window, or before anything was to be sent: taken back without a trace at the carrier."""
        return self.asks_family or (self.state == State.WAITING and timezone.now() < self.send_after)

    @property
    def can_send_now(self) -> bool:
        return self.can_cancel and not self.asks_family

    @property
    def asks_family(self) -> bool:
        """The citizen asks at home first: no clock runs, and nothing is on its way."""
        return self.state == State.FAMILY

    @property
    def can_withdraw(self) -> bool:
        return states.allowed(self.state, State.WITHDRAWN) and not self.can_cancel

    @property
    def can_accept(self) -> bool:
        return states.allowed(self.state, State.CLOSED)

    @property
    def can_appeal(self) -> bool:
        """Once: against the carrier's own answer."""
        return self.state == State.DECIDED and self.decided_by == DecidedBy.CARRIER

    @property
    def can_reply(self) -> bool:
        """The carrier has asked the citizen something."""
        return self.state == State.NEEDS_INFORMATION

    @property
    def can_add_evidence(self) -> bool:
        """Files, or words: somebody is still to decide."""
        return self.state in states.OPEN - states.ANSWERED

    @property
    def can_acknowledge(self) -> bool:
        """By the carrier's staff, as the following ones."""
        return states.allowed(self.state, State.ACKNOWLEDGED)

    @property
    def can_review(self) -> bool:
        return states.allowed(self.state, State.IN_REVIEW)

    @property
    def can_ask(self) -> bool:
        return states.allowed(self.state, State.NEEDS_INFORMATION)

    @property
    def can_answer(self) -> bool:
        return self.state in states.AT_CARRIER

    @property
    def can_answer_late(self) -> bool:
        """The regulator decides already, and reads what the carrier has to say after all."""
        return self.can_rule and not self.is_decided

    @property
    def can_route(self) -> bool:
        """By a person at the portal: it got stuck, and needs the right carrier or another try."""
        return self.state == State.PERSON_NEEDED

    @property
    def can_rule(self) -> bool:
        """By the regulator's officer."""
        return self.state == State.ESCALATED

    @property
    def is_open(self) -> bool:
        return self.state in states.OPEN

    @property
    def is_withdrawn(self) -> bool:
        return self.state == State.WITHDRAWN

    @property
    def is_at_carrier(self) -> bool:
        return self.state in states.AT_CARRIER

    @property
    def is_waiting(self) -> bool:
        """Not at the carrier yet: inside the undo window, or on its way."""
        return self.state == State.WAITING

    @property
    def is_owed(self) -> bool:
        """The carrier owes an answer, whether it could be reached or not."""
        return self.is_waiting or self.is_at_carrier

    @property
    def is_stopped(self) -> bool:
        """Its clock stands still: the carrier waits for the citizen."""
        return self.stopped_at is not None

    @property
    def can_be_reminded(self) -> bool:
        """The carrier has the ticket, and something to do."""
        return self.state in states.WORKED_ON | states.STOPPED and not self.is_stopped

    @property
    def is_decided(self) -> bool:
        return bool(self.outcome)

    @property
    def awaits_proof(self) -> bool:
        """What was to be removed was not seen to be gone yet."""
        return self.state in states.ANSWERED and self.gone_by is not None and self.gone_as_of is None

    @property
    def is_proved_gone(self) -> bool:
        return self.state in states.ANSWERED and self.gone_as_of is not None

    @property
    def running_since(self) -> datetime.datetime:
        """Since when the carrier's time runs."""
        return self.reopened_at or self.filed_at


class StepActor(models.TextChoices):
    CITIZEN = "citizen", _("the citizen")
    CARRIER = "carrier", _("the carrier")
    PORTAL = "portal", _("the portal")
    REGULATOR = "regulator", _("the regulator")


class Step(models.Model):
    """One move of a dispute: who, from, to, when, why; of an answer also what it rested on. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    before = models.CharField(max_length=20, choices=State.choices, blank=True)
    after = models.CharField(max_length=20, choices=State.choices)
    at = models.DateTimeField()
    actor = models.CharField(max_length=12, choices=StepActor.choices)
    account = models.UUIDField(null=True)
    why = models.CharField(max_length=64, blank=True)
    note = SealedTextField(null=True)
    rests_on = SealedJSONField(null=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["dispute", "position"], name="step_one_per_position")]

    def __str__(self) -> str:
        return f"{self.before or 'filed'} → {self.after}"


# Models of other files are found through this one.
from lookups.disputes.certificate_models import Certificate as Certificate  # noqa: E402
from lookups.disputes.filing_models import Attachment as Attachment  # noqa: E402
from lookups.disputes.filing_models import Draft as Draft  # noqa: E402
from lookups.disputes.filing_models import Evidence as Evidence  # noqa: E402
from lookups.disputes.handover_models import DeliveryAttempt as DeliveryAttempt  # noqa: E402
from lookups.disputes.handover_models import Handover as Handover  # noqa: E402
from lookups.disputes.handover_models import HandoverMessage as HandoverMessage  # noqa: E402
from lookups.disputes.handover_models import InboxEvent as InboxEvent  # noqa: E402
from lookups.disputes.handover_models import Reading as Reading  # noqa: E402
