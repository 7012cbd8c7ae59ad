"""Proofs of identity beside the codes, ways back into an account, and known devices. To be imported from ``models``
alone, which this needs to be loaded first."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lookups.identity.models import Account, ActivationCode
from lookups.vault.fields import SealedTextField

# --- Letters, recovery and notices ------------------------------------------------------------------------------------


class LetterRequest(models.Model):
    """A letter that somebody asked for: the one place where an ID number waits, sealed, until the letter is printed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField(unique=True)
    scheme = models.CharField(max_length=24)
    number = SealedTextField()
    requested_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"asked for on {self.requested_at:%Y-%m-%d}"


class Recovery(models.Model):
    """A new password and a new factor, authenticator app or passkey, that wait before they replace the old ones.

    Pending until it took effect or was cancelled. Seed and passkey are sealed, the recovery codes are keyed hashes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recoveries")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    takes_effect_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, editable=False)
    password = models.CharField(max_length=128, blank=True)
    seed = SealedTextField(null=True)
    last_step = models.BigIntegerField(default=-1)
    passkey = SealedTextField(null=True)
    code_hashes = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(ended_at=None), name="identity_one_pending_recovery"
            )
        ]

    def __str__(self) -> str:
        return f"started {self.started_at:%Y-%m-%d}"

    @classmethod
    def end_pending(cls, account: Account) -> bool:
        """Whether anything was pending for this account; its secrets go. The account is locked."""
        pending = cls.objects.filter(account=account, ended_at=None)
        return bool(pending.update(ended_at=timezone.now(), password="", seed=None, passkey=None, code_hashes=[]))


class LinkPurpose(models.TextChoices):
    FREEZE = "freeze", _("this was not me")
    FIRST_ADDRESS = "email", _("confirm the first address")
    SECOND_ADDRESS = "second_email", _("confirm the second address")


class MailedLink(models.Model):
    """A link in a mail. Its token is kept as a keyed hash alone and says nothing about anybody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="mailed_links")
    purpose = models.CharField(max_length=16, choices=LinkPurpose.choices)
    token_hash = models.BinaryField(unique=True)
    address = SealedTextField(null=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.purpose} {self.made_at:%Y-%m-%d}"


# --- National eID, and devices ----------------------------------------------------------------------------------------


class EidProof(models.Model):
    """What stands behind an enrolment that began with the eID: its code was never shown to anybody.

    ``person`` is the blind index of the provider's issuer and ``sub``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.OneToOneField(ActivationCode, on_delete=models.CASCADE, related_name="eid_proof")
    person = models.UUIDField()
    issuer = models.CharField(max_length=255)
    proved_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"proved {self.proved_at:%Y-%m-%d}"


class EidIdentity(models.Model):
    """A person of an eID provider, by the blind index of issuer and ``sub``. One account per person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="eid_identities")
    person = models.UUIDField(unique=True)
    issuer = models.CharField(max_length=255)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"added {self.added_at:%Y-%m-%d}"


class KnownDevice(models.Model):
    """A browser that an account has signed in from with both factors, by the keyed hash of its cookie."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.UUIDField()
    digest = models.BinaryField(unique=True)
    last_used_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["account"], name="known_device_account")]

    def __str__(self) -> str:
        return f"last used {self.last_used_at:%Y-%m-%d}"
