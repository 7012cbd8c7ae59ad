"""Accounts, identity documents, activation codes, and second factors whose secrets are sealed."""

import base64
import hmac
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from lookups.vault import blind
from lookups.vault.fields import SealedJSONField, SealedTextField

TOTP_STEP_SECONDS = 30
TOTP_DIGITS = 6


class Role(models.TextChoices):
    CITIZEN = "citizen", _("citizen")
    CARRIER = "carrier", _("carrier staff")
    OFFICER = "officer", _("regulator's officer")
    OPERATOR = "operator", _("portal operator")
    AUTHORITY = "authority", _("clerk of the authority")


class AccountManager(BaseUserManager["Account"]):
    def by_document(self, subject: uuid.UUID) -> "Account | None":
        """The account that holds the document with this subject."""
        return self.filter(documents__subject=subject, role=Role.CITIZEN).first()

    def by_email(self, email: str) -> "Account | None":
        """The staff account that signs in with this e-mail address."""
        return self.filter(sign_in_index=email_index(email)).exclude(role=Role.CITIZEN).first()

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(pk=username or "")


class Account(AbstractBaseUser):  # type: ignore[django-manager-missing]
    """Who signs in. A citizen signs in with an identity document, staff with an e-mail address, neither kept in clear.

    ``email`` and ``second_email`` are where notices go, sealed; the second is set once a link sent there was opened.
    ``frozen_at``: somebody said "this was not me"; only a new proof of identity ends it. ``sign_in_index`` is the blind
    index of a staff member's address. ``sample`` marks the invented people of the sample world. Sessions of an earlier
    ``sessions_epoch`` are over.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.CITIZEN)
    label = models.CharField(_("shown to colleagues as"), max_length=80, blank=True)
    email = SealedTextField(null=True, blank=True)
    second_email = SealedTextField(null=True, blank=True)
    sign_in_index = models.UUIDField(null=True, unique=True, editable=False)
    language = models.CharField(_("language"), max_length=12, blank=True)
    is_active = models.BooleanField(default=True)
    frozen_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sample = models.BooleanField(default=False, editable=False)
    sessions_epoch = models.PositiveIntegerField(default=0, editable=False)

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = AccountManager()

    class Meta:
        verbose_name = _("account")

    def __str__(self) -> str:
        return self.label or f"{self.get_role_display()} {str(self.pk)[:8]}"

    def get_short_name(self) -> str:
        """How the console greets."""
        return str(self)

    @property
    def is_staff(self) -> bool:
        """May enter the console, once both factors were shown."""
        return self.role != Role.CITIZEN

    @property
    def is_citizen(self) -> bool:
        return self.role == Role.CITIZEN

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's own permissions are the operator's alone; every page of other staff asks for the role itself."""
        return self.is_active and self.role == Role.OPERATOR

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def get_session_auth_hash(self) -> str:
        """What a session carries of its account: it is over once password or epoch have changed."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same by secret keys that are on their way out."""
        return (self._session_hash(secret) for secret in settings.SECRET_KEY_FALLBACKS)

    def _session_hash(self, secret: str | bytes) -> str:
        said = f"{self.password}|{self.sessions_epoch}"
        return salted_hmac("lookups.identity.session", said, secret=secret, algorithm="sha256").hexdigest()

    def subjects(self) -> list[uuid.UUID]:
        """The subjects of all documents of this person, old ones too."""
        return list(self.documents.values_list("subject", flat=True))


class IdentityDocument(models.Model):
    """One document of a person, by its subject alone: the number itself is never stored. One account per document."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="documents")
    scheme = models.CharField(max_length=24)
    subject = models.UUIDField(unique=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.scheme}, added {self.added_at:%Y-%m-%d}"


class Way(models.TextChoices):
    """How a code reached its bearer."""

    LETTER = "letter", _("letter")
    COUNTER = "counter", _("counter")
    EID = "eid", _("national eID")  # a code that nobody ever sees


class ActivationCode(models.Model):
    """A code that proves, once, that its bearer was reached at the address of the population register, or stood at a
    counter of the authority with the document in hand.

    Only its keyed hash is kept. It is bound to one document, ends at ``expires_at``, and is void once ``used_at`` is
    set.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField(db_index=True)
    scheme = models.CharField(max_length=24)
    code_hash = models.BinaryField()
    issued_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, editable=False)
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.LETTER)

    class Meta:
        verbose_name = _("code handed over at the counter")
        verbose_name_plural = _("codes handed over at the counter")

    def __str__(self) -> str:
        return f"issued {self.issued_at:%Y-%m-%d}"


class Enrolment(models.Model):
    """An enrolment under way, between the pages: what was chosen so far, sealed, and nothing of it in the session.

    It ends as an account when the factor is confirmed. Afterwards the row lives on, without password and seed, until
    the recovery codes were seen. ``recovers`` is the account that the document has already: then nothing new is made.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.ForeignKey(ActivationCode, on_delete=models.CASCADE, related_name="enrolments")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="enrolments")
    recovers = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    password = models.CharField(max_length=128, blank=True)
    email = SealedTextField(null=True)
    seed = SealedTextField(null=True)
    recovery_codes = SealedJSONField(null=True)

    def __str__(self) -> str:
        return f"started {self.started_at:%Y-%m-%d}"


class SealedDevice(ThrottlingMixin, Device):  # type: ignore[misc]
    """What our second factors share: a UUID key (django-otp names devices by integers: the same number, as one), and an
    end after ten failures in a row, since django-otp only ever slows an attacker down."""

    FAILURES_UNTIL_DISABLED: ClassVar[int] = 10

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    disabled_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def persistent_id(self) -> str:
        return f"{self.model_label()}/{self.pk.int}"

    @property
    def is_disabled(self) -> bool:
        return self.disabled_at is not None

    def get_throttle_factor(self) -> float:
        """Seconds after the first failure; doubled with each further one (django-otp)."""
        return 1

    def verify_token(self, token: str) -> bool:
        """Whether ``token`` is right, now and for the first time.

        The caller holds the row locked (``django_otp.verify_token``). A try inside the delay is refused unread and is
        not counted: it told its sender nothing.
        """
        if self.is_disabled or not self.verify_is_allowed()[0]:
            return False
        if not self._use_up(token):
            self.throttle_increment(commit=False)
            if self.throttling_failure_count >= self.FAILURES_UNTIL_DISABLED:
                self.disabled_at = timezone.now()
            self.save()
            return False
        self.throttle_reset(commit=False)
        self.last_used_at = timezone.now()
        self.save()
        return True

    def _use_up(self, token: str) -> bool:
        """Compare, and remember that the token was used where it was right."""
        raise NotImplementedError


class AuthenticatorApp(SealedDevice):
    """A time-based one-time password (RFC 6238: SHA-1, 6 digits, 30 s), its seed sealed.

    The code of the step before and of the step after is taken too, since phones' clocks drift: a code lives 90 s at
    most, and once used neither it nor an earlier one is taken again (``last_step``).
    """

    seed = SealedTextField()
    last_step = models.BigIntegerField(default=-1, editable=False)

    class Meta:
        verbose_name = _("authenticator app")

    def _use_up(self, token: str) -> bool:
        step = totp_step(self.seed, token, after=self.last_step)
        if step is None:
            return False
        self.last_step = step
        return True


class RecoveryCode(SealedDevice):
    """One saved recovery code of 80 bits, as its keyed hash; void once used."""

    code_hash = models.BinaryField()
    used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("recovery code")

    def _use_up(self, token: str) -> bool:
        if self.used_at is not None or not hmac.compare_digest(bytes(self.code_hash), recovery_code_hash(token)):
            return False
        self.used_at = timezone.now()
        return True


class Throttle(models.Model):
    """Failed tries from one source or on one account or document, by the blind index of which. Kept in PostgreSQL: a
    broker that is empty or gone opens no door."""

    id = models.UUIDField(primary_key=True, editable=False)
    failures = models.PositiveIntegerField(default=0)
    last_failure_at = models.DateTimeField()
    blocked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.failures} failures"


def email_index(email: str) -> uuid.UUID:
    """How a staff member's address is found: addresses are compared without regard to case."""
    return blind.index("staff email", email.strip().lower())


def recovery_code_hash(code: str) -> bytes:
    """The keyed hash of a recovery code, already in its normal spelling (``codes.normalise``)."""
    return blind.code_hash("recovery", code)


def totp_step(seed: str, token: str, *, after: int) -> int | None:
    """The time step (Unix time / 30 s) whose code ``token`` is: this one, the one before or the one after.

    None for any other token, and for a step not later than ``after``. ``seed`` is in base32, the clock is the server's.
    """
    if len(token) != TOTP_DIGITS or not (token.isascii() and token.isdigit()):
        return None
    totp: Any = TOTP(base64.b32decode(seed), step=TOTP_STEP_SECONDS, digits=TOTP_DIGITS)
    totp.time = timezone.now().timestamp()
    return int(totp.t()) if totp.verify(int(token), tolerance=1, min_t=after + 1) else None


# --- The rest ---------------------------------------------------------------------------------------------------------

# Down here, since they ask for the account model while they are imported.
from lookups.identity.passkey_models import Passkey as Passkey  # noqa: E402
from lookups.identity.passkey_models import SignedInSession as SignedInSession  # noqa: E402
from lookups.identity.proof_models import EidIdentity as EidIdentity  # noqa: E402
from lookups.identity.proof_models import EidProof as EidProof  # noqa: E402
from lookups.identity.proof_models import KnownDevice as KnownDevice  # noqa: E402
from lookups.identity.proof_models import LetterRequest as LetterRequest  # noqa: E402
from lookups.identity.proof_models import LinkPurpose as LinkPurpose  # noqa: E402
from lookups.identity.proof_models import MailedLink as MailedLink  # noqa: E402
from lookups.identity.proof_models import Recovery as Recovery  # noqa: E402
