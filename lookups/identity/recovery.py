"""Coming back into an account that exists: a code from a letter or a counter proves who somebody is, anew (S9).

- With a factor that still works, the new password is in force at once: two proofs by two ways. The factor stays.
- Without one, a new password and a new factor wait for 24 hours, and both addresses are told at once. The old
  factors work meanwhile; a sign-in with them, or the link in the mail, stops the recovery. When it takes effect, every
  old factor and every session ends.

A password alone is never reset, and no e-mail opens anything. A frozen account comes back by these two ways only.
"""

import base64
import datetime
import uuid
from collections.abc import Callable

import django_otp
import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from lookups.identity import changes, devices, links, open_sessions, passkeys, services
from lookups.identity.models import (
    Account,
    ActivationCode,
    Enrolment,
    IdentityDocument,
    Recovery,
    RecoveryCode,
    recovery_code_hash,
)

WAIT = datetime.timedelta(hours=24)
_log = structlog.stdlib.get_logger(__name__)


def holder_of(code: ActivationCode) -> Account | None:
    """The citizen whose document this code is about."""
    return Account.objects.by_document(code.subject)


def is_possible(account: Account) -> bool:
    """An account that an operator closed is not reopened by any proof; a frozen one is."""
    return account.is_active or account.frozen_at is not None


def keep_factors(enrolment: Enrolment, *, account: Account) -> bool:
    """The new password takes effect at once: one of the account's own factors was shown just now.

    False where another browser with the same code was faster, or an operator closed the account: nothing changes.
    """
    with transaction.atomic():
        held = Account.objects.select_for_update().get(pk=account.pk)
        if not is_possible(held) or not _is_still_open(enrolment, held):
            return False
        held.password, held.is_active, held.frozen_at = enrolment.password, True, None
        held.save(update_fields=["password", "is_active", "frozen_at"])
        open_sessions.end_all(held)
        devices.forget_all(held)
        links.end_unconfirmed(held)
        Recovery.end_pending(held)
        use_up_codes(held)
        Enrolment.objects.filter(recovers=held).delete()
        changes.announce(held, what="password_changed")
    return True


def _is_still_open(enrolment: Enrolment, account: Account) -> bool:
    """Whether neither this enrolment nor its code was used meanwhile. The account is locked; here, both rows are."""
    rows = Enrolment.objects.select_for_update().filter(pk=enrolment.pk, account=None, recovers=account)
    return rows.filter(code__used_at=None, code__expires_at__gt=timezone.now()).exists()


def start(enrolment: Enrolment, *, account: Account, wait: Callable[[Recovery], None]) -> Recovery:
    """New password, new factor (which ``wait`` puts in) and new recovery codes begin to wait.

    Account and enrolment are locked.
    """
    Recovery.end_pending(account)
    fresh = services.new_recovery_codes()
    waiting = Recovery(
        account=account,
        takes_effect_at=timezone.now() + WAIT,
        password=enrolment.password,
        code_hashes=[recovery_code_hash(code).hex() for code in fresh],
    )
    wait(waiting)
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
        if not Recovery.end_pending(account):
            return False
        changes.announce(account, what="recovery_cancelled")
    return True


def finish_due() -> int:
    """Put into force what has waited long enough; how many there were."""
    due = Recovery.objects.filter(ended_at=None, takes_effect_at__lte=timezone.now())
    return sum(_finish_or_stop(recovery_id) for recovery_id in due.values_list("pk", flat=True))


def _finish_or_stop(recovery_id: uuid.UUID) -> bool:
    """One that cannot take effect is stopped: nobody else's waits for it."""
    try:
        return _finish(recovery_id)
    except IntegrityError:  # its passkey is another account's
        cancel(Recovery.objects.select_related("account").get(pk=recovery_id).account)
        return False


@transaction.atomic
def _finish(recovery_id: uuid.UUID) -> bool:
    found = Recovery.objects.get(pk=recovery_id)
    # The account first, as everybody locks them: a sign-in or a freeze at the same moment is before or after.
    account = Account.objects.select_for_update().get(pk=found.account_id)
    waiting = Recovery.objects.select_for_update().filter(pk=recovery_id, ended_at=None).first()
    if waiting is None:
        return False
    if not is_possible(account):
        Recovery.end_pending(account)  # an operator closed the account during the wait
        return False
    remove_factors(account)
    account.password, account.is_active, account.frozen_at = waiting.password, True, None
    account.save(update_fields=["password", "is_active", "frozen_at"])
    open_sessions.end_all(account)
    devices.forget_all(account)
    links.end_unconfirmed(account)
    if waiting.seed is not None:
        services.add_authenticator(account, base64.b32decode(waiting.seed), last_step=waiting.last_step)
    if waiting.passkey is not None:
        passkeys.bind(passkeys.unpacked(waiting.passkey), account)
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=account, name="recovery", confirmed=True, code_hash=bytes.fromhex(code))
        for code in waiting.code_hashes
    )
    Recovery.end_pending(account)
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
