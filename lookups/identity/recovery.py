"""Coming back into an account that exists: a code from a letter or a counter proves who somebody is, anew (S9).

- With a factor that still works, the new password is in force at once: two proofs by two ways. The factor stays.
- Without one, a new password and a new authenticator wait for 24 hours, and both addresses are told at once. The old
  factors work meanwhile; a sign-in with them, or the link in the mail, stops the recovery. When it takes effect, every
  old factor and every session ends.

A password alone is never reset, and no e-mail opens anything. A frozen account comes back by these two ways only.
"""

import base64
import datetime
import uuid

import django_otp
import structlog
from django.db import transaction
from django.utils import timezone

from lookups.identity import changes, devices, open_sessions, services
from lookups.identity.models import (
    Account,
    ActivationCode,
    Enrolment,
    IdentityDocument,
    Recovery,
    RecoveryCode,
    SealedDevice,
    recovery_code_hash,
)

WAIT = datetime.timedelta(hours=24)
_log = structlog.stdlib.get_logger(__name__)


def holder_of(code: ActivationCode) -> Account | None:
    """The citizen whose document this code is about."""
    return Account.objects.by_document(code.subject)


def keep_factor(enrolment: Enrolment, *, token: str, source: str) -> SealedDevice | None:
    """The new password takes effect at once, where ``token`` is right for a factor that the account has.

    None for a wrong one. Raises TooManyTries, AuthenticatorSwitchedOff.
    """
    account = enrolment.recovers
    if account is None or not enrolment.password:
        return None
    device = services.check_factor(account, token=token, source=source)
    if device is None:
        return None
    with transaction.atomic():
        held = Account.objects.select_for_update().get(pk=account.pk)
        if not Enrolment.objects.select_for_update().filter(pk=enrolment.pk, account=None).exists():
            return None  # another browser with the same code was faster
        held.password, held.is_active, held.frozen_at = enrolment.password, True, None
        held.save(update_fields=["password", "is_active", "frozen_at"])
        open_sessions.end_all(held)
        devices.forget_all(held)
        _end_pending(held)
        use_up_codes(held)
        Enrolment.objects.filter(recovers=held).delete()
        changes.announce(held, what="password_changed")
    return device


def start(enrolment: Enrolment, *, account: Account, last_step: int) -> Recovery:
    """New password, new authenticator and new recovery codes begin to wait. Account and enrolment are locked."""
    _end_pending(account)
    fresh = services.new_recovery_codes()
    waiting = Recovery(
        account=account,
        takes_effect_at=timezone.now() + WAIT,
        password=enrolment.password,
        last_step=last_step,
        code_hashes=[recovery_code_hash(code).hex() for code in fresh],
    )
    waiting.seed = enrolment.seed
    waiting.save(force_insert=True)
    enrolment.recovery_codes = fresh
    enrolment.account, enrolment.password, enrolment.email, enrolment.seed = account, "", None, None
    enrolment.save()
    Enrolment.objects.filter(recovers=account).exclude(pk=enrolment.pk).delete()
    use_up_codes(account)
    changes.announce(account, what="recovery_started")
    return waiting


def cancel(account: Account) -> bool:
    """The owner signed in the old way: whatever waits is stopped. Whether anything was waiting."""
    if not Recovery.objects.filter(account=account, ended_at=None).exists():
        return False
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        if not _end_pending(account):
            return False
        changes.announce(account, what="recovery_cancelled")
    return True


def finish_due() -> int:
    """Put into force what has waited long enough; how many there were."""
    due = Recovery.objects.filter(ended_at=None, takes_effect_at__lte=timezone.now())
    return sum(_finish(recovery_id) for recovery_id in due.values_list("pk", flat=True))


@transaction.atomic
def _finish(recovery_id: uuid.UUID) -> bool:
    found = Recovery.objects.get(pk=recovery_id)
    # The account first, as everybody locks them: a sign-in or a freeze at the same moment is before or after.
    account = Account.objects.select_for_update().get(pk=found.account_id)
    waiting = Recovery.objects.select_for_update().filter(pk=recovery_id, ended_at=None).first()
    if waiting is None or waiting.seed is None:
        return False
    remove_factors(account)
    account.password, account.is_active, account.frozen_at = waiting.password, True, None
    account.save(update_fields=["password", "is_active", "frozen_at"])
    open_sessions.end_all(account)
    devices.forget_all(account)
    services.add_authenticator(account, base64.b32decode(waiting.seed), last_step=waiting.last_step)
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=account, name="recovery", confirmed=True, code_hash=bytes.fromhex(code))
        for code in waiting.code_hashes
    )
    _end_pending(account)
    changes.announce(account, what="recovery_finished")
    _log.info("recovery_finished", actor=str(account.pk))
    return True


def remove_factors(account: Account) -> None:
    """Delete every second factor of whatever kind. The password ends with the row that brings the new one."""
    for device in list(django_otp.devices_for_user(account, confirmed=None)):
        device.delete()


def use_up_codes(account: Account) -> None:
    """No code for any document of this account works any more."""
    subjects = IdentityDocument.objects.filter(account=account).values("subject")
    ActivationCode.objects.filter(subject__in=subjects, used_at=None).update(used_at=timezone.now())


def _end_pending(account: Account) -> bool:
    """Whether anything was pending; its secrets go."""
    pending = Recovery.objects.filter(account=account, ended_at=None)
    return bool(pending.update(ended_at=timezone.now(), password="", seed=None, code_hashes=[]))
