"""Enrolment: from an activation code to an account with both factors, in one transaction at its very end.

Between the pages everything chosen so far stands in an ``Enrolment`` row on the server. Nothing is taken from anybody
before the last step: a code counts as used only when the account exists, and of two browsers with one code one gets it.
"""

import base64
import datetime
import uuid

from django.contrib.auth.hashers import is_password_usable
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from lookups.identity import codes, passwords, services, throttling
from lookups.identity.models import (
    Account,
    ActivationCode,
    AuthenticatorApp,
    EidIdentity,
    EidProof,
    Enrolment,
    IdentityDocument,
    totp_step,
)
from lookups.identity.reports import report_failure
from lookups.vault import blind

LASTS = datetime.timedelta(hours=1)


class EnrolmentOver(Exception):
    """The code was used elsewhere, has expired, or the document has an account by now. Nothing was made."""


def begin(subject: uuid.UUID, *, scheme: str, code: str, source: str) -> Enrolment | None:
    """An enrolment for whoever holds a valid code for this subject. Raises TooManyTries.

    None for a wrong, used or expired code, for somebody else's, and where the document has an account already.
    """
    try:
        attempt = throttling.begin("enrolment", who=subject, source=source)
    except throttling.TooManyTries:
        _report(source, "too_many_tries")
        raise
    hashed = blind.code_hash("activation", codes.normalise(code))
    found = ActivationCode.objects.filter(subject=subject, scheme=scheme, code_hash=hashed).first()
    if found is None or not _is_open(found):
        _report(source, "wrong" if found is None else "over")
        return None
    attempt.succeeded()
    Enrolment.objects.filter(started_at__lt=timezone.now() - LASTS).delete()
    return Enrolment.objects.create(code=found)


def under_way(enrolment_id: object) -> Enrolment | None:
    """The enrolment with this id (a session's), while it can still become an account."""
    found = _find(enrolment_id, account=None)
    return found if found is not None and _is_open(found.code) else None


def choose_password(enrolment: Enrolment, *, password: str, email: str = "") -> None:
    """Keep the password, hashed, and the address for notices, sealed; draw the seed.

    Raises ValidationError (about ``password``), EnrolmentOver.
    """
    try:
        passwords.refuse_weak(
            password,
            scheme=enrolment.code.scheme,
            subject=enrolment.code.subject,
            code_hash=bytes(enrolment.code.code_hash),
            email=email,
        )
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None
    encoded = passwords.encode(password)
    with transaction.atomic():
        row = Enrolment.objects.select_for_update().filter(pk=enrolment.pk, account=None).first()
        if row is None:
            raise EnrolmentOver
        row.password = encoded
        row.email = email or None
        row.seed = base64.b32encode(services.new_seed()).decode()
        row.save(update_fields=["password", "email", "seed"])


def confirm(enrolment: Enrolment, *, token: str, language: str) -> tuple[Account, AuthenticatorApp] | None:
    """The account, once the authenticator has shown that it makes the right codes; None while it has not.

    Raises EnrolmentOver. One transaction: account, document, both factors, recovery codes, and the code is used.
    """
    try:
        with transaction.atomic():
            return _confirm(enrolment.pk, token, language)
    except IntegrityError:
        # The document came to an account in another way meanwhile: its unique subject decided.
        raise EnrolmentOver from None


def _confirm(enrolment_id: uuid.UUID, token: str, language: str) -> tuple[Account, AuthenticatorApp] | None:
    found = Enrolment.objects.select_related("code").filter(pk=enrolment_id).first()
    if found is None:
        raise EnrolmentOver
    # All codes of this document, in one order: whoever comes second, with this code or another, finds it used.
    rivals = ActivationCode.objects.select_for_update().filter(subject=found.code.subject).order_by("pk")
    code = next(rival for rival in rivals if rival.pk == found.code_id)
    enrolment = Enrolment.objects.select_for_update().filter(pk=enrolment_id, account=None).first()
    if enrolment is None or not _is_open(code):
        raise EnrolmentOver
    seed = enrolment.seed
    step = totp_step(seed, token, after=-1) if seed and enrolment.password else None
    if step is None or seed is None:
        return None
    account = _account(enrolment, code, language)
    for proof in EidProof.objects.filter(code=code):
        EidIdentity.objects.create(account=account, person=proof.person, issuer=proof.issuer)
    device = services.add_authenticator(account, base64.b32decode(seed), last_step=step)
    enrolment.recovery_codes = services.add_recovery_codes(account)
    enrolment.account, enrolment.password, enrolment.email, enrolment.seed = account, "", None, None
    enrolment.save()
    Enrolment.objects.filter(code__subject=code.subject).exclude(pk=enrolment.pk).delete()
    ActivationCode.objects.filter(subject=code.subject, used_at=None).update(used_at=timezone.now())
    return account, device


def _account(enrolment: Enrolment, code: ActivationCode, language: str) -> Account:
    encoded = passwords.EncodedPassword(enrolment.password)
    if code.scheme != services.STAFF_SCHEME:
        return services.create_citizen_of(
            [(code.scheme, code.subject)], password=encoded, email=enrolment.email or "", language=language
        )
    account = Account.objects.select_for_update().get(sign_in_index=code.subject)
    account.password, account.language, account.is_active = encoded, language, True
    account.save(update_fields=["password", "language", "is_active"])
    return account


def recovery_codes(enrolment_id: object, *, account: Account) -> list[str]:
    """The recovery codes that this enrolment has still to show, grouped for people; none once they were kept."""
    found = _find(enrolment_id, account=account)
    return [codes.grouped(code) for code in found.recovery_codes or ()] if found else []


def finish(enrolment_id: object, *, account: Account) -> None:
    """The recovery codes were kept: forget them."""
    found = _find(enrolment_id, account=account)
    if found:
        found.delete()


def _find(enrolment_id: object, *, account: Account | None) -> Enrolment | None:
    try:
        key = uuid.UUID(str(enrolment_id))
    except ValueError:
        return None
    since = timezone.now() - LASTS
    return Enrolment.objects.select_related("code").filter(pk=key, account=account, started_at__gt=since).first()


def _is_open(code: ActivationCode) -> bool:
    """Whether this code can still become an account."""
    if code.used_at is not None or code.expires_at <= timezone.now():
        return False
    if code.scheme == services.STAFF_SCHEME:
        invited = Account.objects.filter(sign_in_index=code.subject, is_active=False)
        return any(not is_password_usable(account.password) for account in invited)
    return not IdentityDocument.objects.filter(subject=code.subject).exists()


def _report(source: str, reason: str) -> None:
    report_failure("enrolment_failed", account=None, source=source, factor="activation_code", reason=reason)
