"""What a citizen brings: what they have typed and not sent yet, and the files that show it."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lookups.vault.fields import SealedBytesField, SealedJSONField, SealedTextField


class Draft(models.Model):
    """What a citizen has typed about one number and not sent yet, sealed; forgotten after a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.UUIDField()
    registration_id = models.UUIDField()
    saved_at = models.DateTimeField()
    content = SealedJSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "registration_id"], name="draft_one_per_number")
        ]

    def __str__(self) -> str:
        return f"saved {self.saved_at:%Y-%m-%d %H:%M}"


class EvidenceKind(models.TextChoices):
    PDF = "pdf", _("PDF document")
    JPEG = "jpeg", _("Picture")


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def listed(self) -> "EvidenceQuerySet":
        """In the order in which they came, without what is in them."""
        return self.defer("content").order_by("added_at", "id")

    def unsent(self, account: uuid.UUID) -> "EvidenceQuerySet":
        return self.filter(account=account, draft__isnull=False)


class Evidence(models.Model):
    """One file as we made it anew (``evidence.cleaner``), sealed. What came in is kept nowhere.

    It belongs to a draft, and goes with it, until the disputes are filed that it is about (``Attachment``).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.UUIDField()
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, null=True, related_name="evidence")
    kind = models.CharField(max_length=8, choices=EvidenceKind.choices)
    name = SealedTextField()
    size = models.PositiveIntegerField()
    added_at = models.DateTimeField()
    content = SealedBytesField()

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account"], name="evidence_unsent", condition=~models.Q(draft=None))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.size} bytes"

    @property
    def content_type(self) -> str:
        return {EvidenceKind.PDF.value: "application/pdf", EvidenceKind.JPEG.value: "image/jpeg"}[self.kind]


class Attachment(models.Model):
    """One file is evidence in one dispute; ``position`` counts from one and names it where its own name is not told."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dispute = models.ForeignKey("disputes.Dispute", on_delete=models.CASCADE, related_name="attachments")
    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="attachments")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dispute", "evidence"], name="attachment_once"),
            models.UniqueConstraint(fields=["dispute", "position"], name="attachment_one_per_position"),
        ]

    def __str__(self) -> str:
        return f"file {self.position}"
