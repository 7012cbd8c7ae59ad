"""Passkeys and open sessions. To be imported from ``models`` alone, which this needs to be loaded first."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp_webauthn.models import AbstractWebAuthnCredential


class Passkey(AbstractWebAuthnCredential):  # type: ignore[misc]
    """A passkey (WebAuthn): the public half of a key that never leaves its owner's device.

    ``user_handle`` is what the device knows its owner by: 64 random bytes, the same for all passkeys of an account.
    The key is a UUID, as that of our other second factors. A counter that did not grow shows a copied key: refused.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user_handle = models.BinaryField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("passkey")

    @property
    def persistent_id(self) -> str:
        return f"{self.model_label()}/{self.pk.int}"


class SignedInSession(models.Model):
    """One browser that somebody is signed in with: what its owner is shown of it, and the key by which it is ended.

    The account is linked by value. ``label`` is the family of browser and system, nothing finer. How long ago it was
    active stands in the session itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.UUIDField(db_index=True)
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    label = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"since {self.started_at:%Y-%m-%d %H:%M}"
