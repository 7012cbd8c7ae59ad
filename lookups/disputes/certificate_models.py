"""Certificates that were made. To be imported from ``models`` alone, which this needs to be loaded first."""

import uuid
from typing import ClassVar

from django.db import models

from lookups.disputes.models import Dispute
from lookups.vault.fields import SealedTextField


class Certificate(models.Model):
    """One paper about one dispute, as it stood then. Never changed.

    ``statement`` is what was signed, to the byte; its code is found by ``code_hash`` alone. ``signature`` (Ed25519) was
    made with the signing key number ``key``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="certificates")
    issued_at = models.DateTimeField()
    code_hash = models.BinaryField(unique=True)
    statement = SealedTextField()
    key = models.PositiveIntegerField()
    signature = models.BinaryField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["dispute", "-issued_at"], name="certificate_by_dispute")]

    def __str__(self) -> str:
        return f"of {self.dispute_id}, {self.issued_at:%Y-%m-%d %H:%M}"
