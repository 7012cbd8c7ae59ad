"""Enrolment: from an activation code to an account with both factors, in one transaction at its very end.

Between the pages everything chosen so far stands in an ``Enrolment`` row on the server. Nothing is taken from anybody
before the last step: a code counts as used only when the account exists, and of two browsers with one code one gets it.
A code for a document that has an account leads back into that account (``recovery``), never to a second one.
"""

import base64
import dataclasses
import datetime
import uuid
from collections.abc import Callable
from typing import Generic, TypeVar

from django.contrib.auth.hashers import is_password_usable
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from lookups.identity import codes, passkeys, passwords, recovery, services, throttling
from lookups.identity.models import (
    Account,
    ActivationCode,
    AuthenticatorApp,
    EidIdentity,
    EidProof,
    Enrolment,
    Passkey,
    Recovery,
    totp_step,
)
from lookups.identity.reports import report_failure
from lookups.vault import blind

Factor = TypeVar("Factor", AuthenticatorApp, Passkey)

LASTS = datetime.timedelta(hours=1)


@dataclasses.dataclass(frozen=True)
class _Proof(Generic[Factor]):
    """What binds the factor that was shown to its account, or makes it wait with a recovery."""

    bind: Callable[[Account], Factor]
    wait: Callable[[Recovery], None]


class EnrolmentOver(Exception):
    """The code was used elsewhere, has expired, or the document has an account by now. Nothing was made."""


def begin(subject: uuid.UUID, *, scheme: str, code: str, source: str) -> Enrolment | None:
    """An enrolment for whoever holds a valid code for this subject. Raises TooManyTries.

    None for a wrong, used or expired code, and for somebody else's. Where the document has an account, the enrolment
    ``recovers`` it.
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
    return Enrolment.objects.create(code=found, recovers=_recovers(found))


def under_way(enrolment_id: object) -> Enrolment | None:
    """The enrolment with this id (a session's), while it can still become an account."""
    found = _find(enrolment_id, account=None)
    return found if found is not None and _is_open(found.code) and _same_holder(found) else None


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


def confirm(enrolment: Enrolment, *, token: str, language: str) -> tuple[Account, AuthenticatorApp] | Recovery | None:
    """The account, or the recovery that begins to wait, once the authenticator has shown that it makes the right codes;
    None while it has not.

    Raises EnrolmentOver. One transaction: account, document, both factors, recovery codes, and the code is used.
    """

    def prove(row: Enrolment) -> _Proof[AuthenticatorApp] | None:
        seed = row.seed
        step = totp_step(seed, token, after=-1) if seed else None
        if seed is None or step is None:
            return None

        def wait(waiting: Recovery) -> None:
            waiting.seed, waiting.last_step = seed, step

        return _Proof(lambda account: services.add_authenticator(account, base64.b32decode(seed), last_step=step), wait)

    return _make(enrolment, prove, language)


def confirm_with_passkey(
    enrolment: Enrolment, *, passkey: Passkey, language: str
) -> tuple[Account, Passkey] | Recovery | None:
    """The same, with a passkey that was just made (``passkeys.registered``) in place of the authenticator app."""

    def wait(waiting: Recovery) -> None:
        waiting.passkey = passkeys.packed(passkey)

    return _make(enrolment, lambda row: _Proof(lambda account: passkeys.bind(passkey, account), wait), language)


def _make(
    enrolment: Enrolment, prove: Callable[[Enrolment], _Proof[Factor] | None], language: str
) -> tuple[Account, Factor] | Recovery | None:
    """``prove`` looks at the locked row and gives what binds the factor to the account, or None."""
    try:
        with transaction.atomic():
            return _make_locked(enrolment.pk, prove, language)
    except IntegrityError:
        # The document came to an account in another way meanwhile: its unique subject decided.
        raise EnrolmentOver from None


def _make_locked(
    enrolment_id: uuid.UUID, prove: Callable[[Enrolment], _Proof[Factor] | None], language: str
) -> tuple[Account, Factor] | Recovery | None:
    found = Enrolment.objects.select_related("code").filter(pk=enrolment_id).first()
    if found is None:
        raise EnrolmentOver
    if found.recovers_id is not None:
        Account.objects.select_for_update().get(pk=found.recovers_id)  # the account before its codes, as in recovery
    # All codes of this document, in one order: whoever comes second, with this code or another, finds it used.
    rivals = ActivationCode.objects.select_for_update().filter(subject=found.code.subject).order_by("pk")
    code = next(rival for rival in rivals if rival.pk == found.code_id)
    enrolment = Enrolment.objects.select_for_update().filter(pk=enrolment_id, account=None).first()
    if enrolment is None or not _is_open(code) or not _same_holder(enrolment):
        raise EnrolmentOver
    proof = prove(enrolment) if enrolment.password else None
    if proof is None:
        return None
    if enrolment.recovers is not None:
        return recovery.start(enrolment, account=enrolment.recovers, wait=proof.wait)
    account = _account(enrolment, code, language)
    for eid in EidProof.objects.filter(code=code):
        EidIdentity.objects.create(account=account, person=eid.person, issuer=eid.issuer)
    device = proof.bind(account)
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
    recovery.remove_factors(account)  # of somebody who was frozen and is invited again
    account.password, account.language, account.is_active, account.frozen_at = encoded, language, True, None
    account.save(update_fields=["password", "language", "is_active", "frozen_at"])
    return account


def invited(enrolment: Enrolment) -> Account | None:
    """The staff account that waits for this enrolment; None for citizens, who have none yet."""
    if enrolment.code.scheme != services.STAFF_SCHEME:
        return None
    return Account.objects.filter(sign_in_index=enrolment.code.subject).first()


def recovery_codes(enrolment_id: object, *, account: Account) -> list[str]:
    """The recovery codes that this enrolment has still to show, grouped for people; none once they were kept."""
    found = _find(enrolment_id, account=account)
    return [codes.grouped(code) for code in found.recovery_codes or ()] if found else []


def recovered(enrolment_id: object) -> tuple[Enrolment, Recovery] | None:
    """The enrolment with this id (a session's) that ended as a recovery, with the recovery while it waits."""
    try:
        key = uuid.UUID(str(enrolment_id))
    except ValueError:
        return None
    since = timezone.now() - LASTS
    row = Enrolment.objects.filter(pk=key, started_at__gt=since, recovers=F("account")).first()
    waiting = (
        Recovery.objects.select_related("account").filter(account=row.account, ended_at=None).first() if row else None
    )
    return (row, waiting) if row and waiting else None


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
    """Whether this code can still become an account, or lead back into one."""
    if code.used_at is not None or code.expires_at <= timezone.now():
        return False
    if code.scheme == services.STAFF_SCHEME:
        invited = Account.objects.filter(sign_in_index=code.subject, is_active=False)
        return any(not is_password_usable(account.password) for account in invited)
    holder = recovery.holder_of(code)
    return holder is None or recovery.is_possible(holder)


def _recovers(code: ActivationCode) -> Account | None:
    return None if code.scheme == services.STAFF_SCHEME else recovery.holder_of(code)


def _same_holder(enrolment: Enrolment) -> bool:
    """Whether the document still belongs to whom it belonged when this began: nobody, or the account to recover."""
    holder = _recovers(enrolment.code)
    return (holder.pk if holder else None) == enrolment.recovers_id


def _report(source: str, reason: str) -> None:
    report_failure("enrolment_failed", account=None, source=source, factor="activation_code", reason=reason)
