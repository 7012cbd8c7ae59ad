"""Carriers, the channels by which they are reached, and who works for them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookups.carriers.transports import transport_for
from lookups.carriers.transports.contract import Address, Transport
from lookups.outbox.models import Mailbox
from lookups.vault.fields import SealedTextField


class Carrier(models.Model):
    """A network operator, or a reseller (MVNO) whose disputes its host answers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    host = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="resellers",
        verbose_name=_("answered for by"),
        help_text=_("For a reseller: the operator that answers its disputes."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("carrier")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def answered_by(self) -> "Carrier":
        """Who answers disputes about this carrier's numbers: its host, where it has one."""
        return self.host or self


class Channel(Mailbox):
    """How one carrier is reached. ``kind`` names the transport; ``settings`` are that transport's.

    ``token`` is what we present to the carrier, ``webhook_secret`` what its events are signed with; during a rotation
    the ``previous_webhook_secret`` is taken as well.
    """

    carrier = models.OneToOneField(Carrier, on_delete=models.PROTECT, related_name="channel")
    kind = models.CharField(_("kind"), max_length=32)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    token = SealedTextField(null=True)
    webhook_secret = SealedTextField(null=True)
    previous_webhook_secret = SealedTextField(null=True)

    class Meta:
        verbose_name = _("channel")

    def __str__(self) -> str:
        return f"{self.carrier} ({self.kind})"

    def transport(self) -> Transport:
        """The code that talks to this carrier. Raises Misconfigured for an unknown kind."""
        return transport_for(self.kind, self.address())

    def address(self) -> Address:
        return Address(
            settings=self.settings,
            secret=self.token or "",
            allowed_hosts=tuple(self.settings.get("allowed_hosts", ())),
            insecure_loopback=settings.PORTAL_DEMO or settings.INSECURE_LOOPBACK,
        )

    def webhook_secrets(self) -> list[str]:
        """The secrets that sign this carrier's events at present."""
        return [secret for secret in (self.webhook_secret, self.previous_webhook_secret) if secret]


class DeliveryToken(models.Model):
    """What a carrier's own system shows when it delivers feeds: of each token only its keyed hash is kept.

    During a rotation the one before is taken as well.
    """

    carrier = models.OneToOneField(Carrier, on_delete=models.CASCADE, primary_key=True, related_name="delivery_token")
    current = models.BinaryField(max_length=32, unique=True)
    previous = models.BinaryField(max_length=32, null=True, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("delivery token")

    def __str__(self) -> str:
        return f"{self.carrier} ({self.made_at:%Y-%m-%d})"


class StaffRole(models.TextChoices):
    CLERK = "clerk", _("clerk")
    SUPERVISOR = "supervisor", _("supervisor")


class Membership(models.Model):
    """Whom a staff account works for: exactly one carrier."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="membership")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=StaffRole.choices, default=StaffRole.CLERK)

    class Meta:
        verbose_name = _("staff")
        verbose_name_plural = _("staff")

    def __str__(self) -> str:
        return f"{self.account} ({self.get_role_display()})"
