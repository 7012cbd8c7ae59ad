"""Signing in: the password, the second factor; making accounts; issuing activation codes.

Whatever is wrong at a door, its answer is the same: unknown ID, no account, wrong password, each after one Argon2id
hash.
"""

import base64
import datetime
import re
import secrets
import uuid
from collections.abc import Sequence

import django_otp
from django.conf import settings
from django.contrib.auth import hashers
from django.db import connection, transaction
from django.utils import timezone

from lookups.audit import services as audit
from lookups.audit.models import Action, ActorKind
from lookups.identity import codes, devices, passwords, throttling
from lookups.identity.models import (
    Account,
    ActivationCode,
    AuthenticatorApp,
    IdentityDocument,
    RecoveryCode,
    Role,
    SealedDevice,
    Way,
    email_index,
    recovery_code_hash,
)
from lookups.identity.passwords import EncodedPassword
from lookups.identity.reports import report_failure
from lookups.jurisdictions import schemes
from lookups.vault import blind

STAFF_SCHEME = "STAFF"
RECOVERY_CODES = 10
SEED_BYTES = 20
CODES_PER_30_DAYS = 4
COUNTER_CODE_LASTS = datetime.timedelta(hours=24)
BETWEEN_CODES = datetime.timedelta(hours=24)
_ISSUING_LOCK = 0x1D_C0DE  # of PostgreSQL's advisory locks


class AuthenticatorSwitchedOff(Exception):
    """Ten wrong codes in a row: the authenticator is out of use. Only whoever has shown the password learns it."""


class IssuingRefused(Exception):
    """No code was made. ``reason``: ``too_soon`` (24 hours), ``too_many`` (4 in 30 days) or ``has_account``."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


# --- The two factors --------------------------------------------------------------------------------------------------


def check_password(scheme: str, *, number: str, password: str, source: str) -> Account | None:
    """The citizen with this document and this password. Raises InvalidIdNumber (before anything), TooManyTries."""
    subject = schemes.subject_of(scheme, number)
    return _check_password(subject, Account.objects.by_document(subject), password, source)


def check_staff_password(email: str, *, password: str, source: str) -> Account | None:
    """The staff member with this address and this password. Raises TooManyTries."""
    return _check_password(email_index(email), Account.objects.by_email(email), password, source)


def _check_password(who: uuid.UUID, account: Account | None, password: str, source: str) -> Account | None:
    try:
        attempt = throttling.begin("sign-in", who=who, source=source, own=_own_slot(account, source))
    except throttling.TooManyTries:
        report_failure("sign_in_failed", account=account, source=source, factor="password", reason="too_many_tries")
        raise
    usable = account is not None and account.is_active
    if not passwords.matches(password, account.password if account and usable else None):
        reason = "wrong" if usable else "no_account" if account is None else "inactive"
        report_failure("sign_in_failed", account=account, source=source, factor="password", reason=reason)
        return None
    attempt.succeeded()
    return account


def _own_slot(account: Account | None, source: str) -> str:
    return devices.slot(account, device=throttling.device_of(source))


def check_factor(account: Account, *, token: str, source: str) -> SealedDevice | None:
    """The device that accepts ``token``, used up by it: six digits of an authenticator app, or a recovery code.

    Raises TooManyTries within the growing delay, AuthenticatorSwitchedOff once there were too many.
    """
    digits = "".join(token.split())
    if re.fullmatch(r"[0-9]{6}", digits, re.ASCII):
        return _check_authenticator(account, digits, source)
    return _check_recovery_code(account, codes.normalise(token), source)


def _check_authenticator(account: Account, token: str, source: str) -> SealedDevice | None:
    apps = list(AuthenticatorApp.objects.filter(user=account, confirmed=True))
    in_use = [device for device in apps if not device.is_disabled]
    ready = [device for device in in_use if device.verify_is_allowed()[0]]
    for device in ready:
        verified: SealedDevice | None = django_otp.verify_token(account, device.persistent_id, token)
        if verified:
            return verified
    reason = "wrong" if ready else "too_many_tries" if in_use else "switched_off"
    report_failure("second_factor_failed", account=account, source=source, factor="totp", reason=reason)
    if apps and not in_use:
        raise AuthenticatorSwitchedOff
    if in_use and not ready:
        raise throttling.TooManyTries
    return None


def _check_recovery_code(account: Account, code: str, source: str) -> SealedDevice | None:
    try:
        attempt = throttling.begin("recovery", who=account.pk, source=source, own=_own_slot(account, source))
    except throttling.TooManyTries:
        report_failure(
            "second_factor_failed", account=account, source=source, factor="recovery_code", reason="too_many_tries"
        )
        raise
    saved = RecoveryCode.objects.filter(user=account, code_hash=recovery_code_hash(code), used_at=None).first()
    verified: SealedDevice | None = django_otp.verify_token(account, saved.persistent_id, code) if saved else None
    if verified is None:
        report_failure("second_factor_failed", account=account, source=source, factor="recovery_code", reason="wrong")
        return None
    attempt.succeeded()
    return verified


# --- Accounts ---------------------------------------------------------------------------------------------------------


def encode_password(password: str) -> EncodedPassword:
    """Hash once what many accounts share: the people of the sample world."""
    return passwords.encode(password)


@transaction.atomic
def create_citizen(
    documents: Sequence[tuple[str, str]],
    *,
    password: str | EncodedPassword,
    totp_seed: bytes | None = None,
    email: str = "",
    language: str = "",
    sample: bool = False,
) -> Account:
    """A citizen with these documents (scheme, number) and, where a seed is given, an authenticator app.

    Raises InvalidIdNumber, and IntegrityError for a document that has an account.
    """
    subjects = [(scheme, schemes.subject_of(scheme, number)) for scheme, number in documents]
    account = create_citizen_of(subjects, password=password, email=email, language=language, sample=sample)
    if totp_seed is not None:
        add_authenticator(account, totp_seed)
    return account


@transaction.atomic
def create_citizen_of(
    subjects: Sequence[tuple[str, uuid.UUID]],
    *,
    password: str | EncodedPassword,
    email: str = "",
    language: str = "",
    sample: bool = False,
) -> Account:
    """The same, where only the subjects of the documents are known: (scheme, subject)."""
    account = Account(role=Role.CITIZEN, language=language, sample=_is_sample(sample), password=_encoded(password))
    account.email = email or None
    account.save(force_insert=True)
    IdentityDocument.objects.bulk_create(
        IdentityDocument(account=account, scheme=scheme, subject=subject) for scheme, subject in subjects
    )
    return account


@transaction.atomic
def create_staff_account(
    email: str,
    *,
    label: str,
    role: str,
    password: str | EncodedPassword | None,
    totp_seed: bytes | None = None,
    sample: bool = False,
) -> Account:
    """A staff account; without a password it is inactive until its owner has enrolled. Raises IntegrityError for an
    address in use, ValueError for a citizen."""
    if role == Role.CITIZEN or role not in Role.values:
        raise ValueError("not a role of staff")
    account = Account(role=role, label=label, sample=_is_sample(sample), is_active=password is not None)
    account.password = _encoded(password) if password is not None else hashers.make_password(None)
    account.email = email.strip()
    account.sign_in_index = email_index(email)
    account.save(force_insert=True)
    if totp_seed is not None:
        add_authenticator(account, totp_seed)
    return account


@transaction.atomic
def invite_staff(email: str, *, label: str, role: str) -> tuple[Account, str]:
    """An inactive staff account and the code its owner enrols with; a new code where the invitation was not taken up.

    Raises IssuingRefused (``has_account``) where somebody active has this address.
    """
    account = Account.objects.select_for_update().filter(sign_in_index=email_index(email)).first()
    if account is None:
        account = create_staff_account(email, label=label, role=role, password=None)
    elif account.is_active or hashers.is_password_usable(account.password):
        raise IssuingRefused("has_account")
    else:
        account.label, account.role = label, role
        account.save(update_fields=["label", "role"])
    index = email_index(email)
    # An invitation is handed over by whoever repeats it: the limits of letters are not its, but the older code ends.
    ActivationCode.objects.filter(subject=index, used_at=None).update(used_at=timezone.now())
    return account, _new_code(index, STAFF_SCHEME)


def add_authenticator(account: Account, seed: bytes, *, last_step: int = -1) -> AuthenticatorApp:
    """An authenticator app with this seed; steps up to ``last_step`` are used."""
    device = AuthenticatorApp(user=account, name="authenticator", confirmed=True, last_step=last_step)
    device.seed = base64.b32encode(seed).decode()
    device.save(force_insert=True)
    return device


@transaction.atomic
def add_recovery_codes(account: Account) -> list[str]:
    """Ten new recovery codes in their normal spelling, in place of all unused ones. Only their hashes are kept."""
    RecoveryCode.objects.filter(user=account, used_at=None).delete()
    fresh = new_recovery_codes()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=account, name="recovery", confirmed=True, code_hash=recovery_code_hash(code))
        for code in fresh
    )
    return fresh


def new_recovery_codes() -> list[str]:
    """Ten codes in their normal spelling, nobody's yet."""
    return [codes.new(codes.RECOVERY_CHARACTERS) for _ in range(RECOVERY_CODES)]


def new_seed() -> bytes:
    """160 bits, as RFC 4226 recommends."""
    return secrets.token_bytes(SEED_BYTES)


def _is_sample(said: bool) -> bool:
    """Whoever enrols in the sample world belongs to it: real accounts and demo mode never meet."""
    return said or bool(settings.PORTAL_DEMO)


def _encoded(password: str | EncodedPassword) -> str:
    return str(password if isinstance(password, EncodedPassword) else passwords.encode(password))


# --- Activation codes -------------------------------------------------------------------------------------------------


@transaction.atomic
def issue_code(subject: uuid.UUID, *, scheme: str, abroad: bool = False, recovery: bool = False) -> str:
    """A new activation code for a document, to be sent by letter, grouped for people. Raises IssuingRefused.

    Codes issued earlier stay valid until they expire: letters overtake one another. ``recovery`` allows one for a
    document that has an account (its owner asked for it); ``abroad`` gives it 30 days instead of 21.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ISSUING_LOCK])
    now = timezone.now()
    if not recovery and IdentityDocument.objects.filter(subject=subject).exists():
        raise IssuingRefused("has_account")
    recent = ActivationCode.objects.filter(
        subject=subject, way=Way.LETTER, issued_at__gt=now - datetime.timedelta(days=30)
    )
    issued = list(recent.values_list("issued_at", flat=True))
    if issued and max(issued) > now - BETWEEN_CODES:
        raise IssuingRefused("too_soon")
    if len(issued) >= CODES_PER_30_DAYS:
        raise IssuingRefused("too_many")
    return _new_code(subject, scheme, expires_at=code_expiry(abroad=abroad))


@transaction.atomic
def hand_over_code(subject: uuid.UUID, *, scheme: str, clerk: Account, organisation: str) -> str:
    """A code for whoever stands at the counter with this document in hand, valid for 24 hours, grouped for people.

    Works for a document with an account too (recovery). A code handed over before ends: only the last slip counts.
    """
    earlier = ActivationCode.objects.filter(subject=subject, way=Way.COUNTER, used_at=None)
    earlier.update(used_at=timezone.now())
    audit.record(
        [subject],
        action=Action.ISSUED_CODE,
        actor_kind=ActorKind.AUTHORITY,
        actor=clerk.pk,
        organisation=organisation,
        purpose="counter",
    )
    return _new_code(subject, scheme, expires_at=timezone.now() + COUNTER_CODE_LASTS, way=Way.COUNTER)


def code_expiry(*, abroad: bool = False) -> datetime.datetime:
    """When a code sent by letter now ends."""
    days = settings.ACTIVATION_CODE_DAYS_ABROAD if abroad else settings.ACTIVATION_CODE_DAYS
    return timezone.now() + datetime.timedelta(days=days)


def _new_code(
    subject: uuid.UUID, scheme: str, *, expires_at: datetime.datetime | None = None, way: Way = Way.LETTER
) -> str:
    code = codes.new(codes.ACTIVATION_CHARACTERS)
    ActivationCode.objects.create(
        subject=subject,
        scheme=scheme,
        code_hash=blind.code_hash("activation", code),
        expires_at=expires_at or code_expiry(),
        way=way,
    )
    return codes.grouped(code)
