"""The access record: one row for each act of somebody seeing, or trying to see, a person's records."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ActorKind(models.TextChoices):
    CITIZEN = "citizen", _("You")
    CARRIER = "carrier", _("Carrier staff")
    OFFICER = "officer", _("Regulator's officer")
    OPERATOR = "operator", _("Portal operator")
    AUTHORITY = "authority", _("Clerk of the authority")
    SYSTEM = "system", _("The portal itself")
    HOLDER = "holder", _("Somebody who has your certificate")


class Action(models.TextChoices):
    LOOKED_UP = "looked_up", _("Looked up the numbers under your ID")
    REVEALED = "revealed", _("Saw a number in full")
    CONFIRMED = "confirmed", _("Confirmed a number")
    UNCONFIRMED = "unconfirmed", _("Took back a confirmation")
    FILED = "filed", _("Filed a dispute")
    VIEWED_DISPUTE = "viewed_dispute", _("Opened a dispute")
    OPENED_EVIDENCE = "opened_evidence", _("Opened a file that you added")
    LISTED_DISPUTES = "listed_disputes", _("Saw it in a list of disputes")
    ANSWERED = "answered", _("Answered a dispute")
    HANDED_OVER = "handed_over", _("Was sent a dispute")
    ISSUED_CODE = "issued_code", _("Handed over an activation code at a counter")
    CERTIFIED = "certified", _("Made a certificate of a dispute")
    COMPARED = "compared", _("Compared it with an ID or a number that they typed")


class AccessRecordQuerySet(models.QuerySet["AccessRecord"]):
    def about(self, subjects: list[uuid.UUID]) -> "AccessRecordQuerySet":
        """What happened to the records of these subjects, newest first."""
        return self.filter(subject__in=subjects).order_by("-at", "-id")


class AccessRecord(models.Model):
    """Who (``actor``, by value), when, did what to whose records, and what for.

    Holds no number and no words of anyone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField()
    at = models.DateTimeField()
    action = models.CharField(max_length=32, choices=Action.choices)
    actor_kind = models.CharField(max_length=16, choices=ActorKind.choices)
    actor = models.UUIDField(null=True)
    organisation = models.CharField(max_length=100, blank=True)
    purpose = models.CharField(max_length=100, blank=True)
    about = models.CharField(max_length=64, blank=True)

    objects = AccessRecordQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject", "-at"], name="audit_by_subject")]

    def __str__(self) -> str:
        return f"{self.action} at {self.at:%Y-%m-%d %H:%M}"
