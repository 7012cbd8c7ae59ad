"""What somebody proves their identity with: listed, added, removed, replaced. Each change is announced, and ends the
sessions elsewhere (which its view does, since it knows which one is here)."""

import base64
import binascii
import dataclasses
import datetime
import uuid

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lookups.identity import browsers, changes, codes, passkeys, passwords, services, throttling
from lookups.identity.models import (
    Account,
    AuthenticatorApp,
    Passkey,
    RecoveryCode,
    recovery_code_hash,
    totp_step,
)
from lookups.identity.reports import report_failure
from lookups.vault import sealing


class LastFactor(Exception):
    """This is the last factor of its kind that this person needs: it stays."""


@dataclasses.dataclass(frozen=True)
class Shown:
    """A factor, as the account page shows it. ``id`` is None for what cannot be removed."""

    label: str
    since: datetime.datetime | None
    used: datetime.datetime | None
    id: uuid.UUID | None = None


def listed(account: Account) -> list[Shown]:
    """Password, passkeys, authenticator apps, recovery codes."""
    removable = {one.pk for one in _usable(account) if _may_go(account, one)}
    found = [Shown(_("Password"), account.created_at, None)]
    for passkey in Passkey.objects.filter(user=account).order_by("created_at"):
        label = _("Passkey, made with %(browser)s") % {"browser": browsers.in_words(passkey.name)}
        kept = passkey.pk if passkey.pk in removable else None
        found.append(Shown(label, passkey.created_at, passkey.last_used_at, kept))
    for app in AuthenticatorApp.objects.filter(user=account, confirmed=True).order_by("created_at"):
        off = _("Authenticator app, switched off after ten wrong codes")
        label = off if app.is_disabled else _("Authenticator app")
        kept = app.pk if app.is_disabled or app.pk in removable else None
        found.append(Shown(label, app.created_at, app.last_used_at, kept))
    saved = list(RecoveryCode.objects.filter(user=account).order_by("created_at"))
    if saved:
        left = sum(1 for code in saved if code.used_at is None)
        label = ngettext("Recovery codes, %(left)d unused", "Recovery codes, %(left)d unused", left) % {"left": left}
        used = [code.used_at for code in saved if code.used_at]
        found.append(Shown(label, saved[-1].created_at, max(used) if used else None))
    return found


def _usable(account: Account) -> list[Passkey | AuthenticatorApp]:
    apps = AuthenticatorApp.objects.filter(user=account, confirmed=True, disabled_at=None)
    return [*Passkey.objects.filter(user=account), *apps]


def _may_go(account: Account, factor: Passkey | AuthenticatorApp) -> bool:
    """Whether enough is left without this one: another factor, and for staff another passkey."""
    others = [one for one in _usable(account) if one.pk != factor.pk]
    if isinstance(factor, AuthenticatorApp) and factor.is_disabled:
        return True
    if isinstance(factor, Passkey) and account.is_staff and settings.STAFF_NEED_PASSKEY:
        return any(isinstance(one, Passkey) for one in others)
    return bool(others)


def find(account: Account, factor_id: uuid.UUID) -> Passkey | AuthenticatorApp | None:
    """The passkey or authenticator app of this person with this id."""
    passkey: Passkey | None = Passkey.objects.filter(user=account, pk=factor_id).first()
    return passkey or AuthenticatorApp.objects.filter(user=account, pk=factor_id).first()


@transaction.atomic
def remove(account: Account, factor_id: uuid.UUID) -> None:
    """Raises LastFactor. The account's row is locked: two requests cannot remove the last two factors together."""
    Account.objects.select_for_update().get(pk=account.pk)
    factor = find(account, factor_id)
    if factor is None:
        return
    if not _may_go(account, factor):
        raise LastFactor
    factor.delete()
    changes.announce(account, what="factor_removed")


@transaction.atomic
def add_passkey(account: Account, passkey: Passkey) -> Passkey:
    """Raises IntegrityError for a passkey that is somebody's already."""
    _lock(account)
    passkeys.bind(passkey, account)
    changes.announce(account, what="factor_added")
    return passkey


def offer_seed(account: Account) -> tuple[str, str]:
    """A seed for a new authenticator app, in base32, and the same sealed: so it waits in the page, not here."""
    seed = base64.b32encode(services.new_seed()).decode()
    return seed, base64.urlsafe_b64encode(sealing.seal(seed.encode(), context=_seed_context(account))).decode()


def offered_seed(account: Account, sealed: str) -> str:
    """The seed that was offered to this person, or ""."""
    try:
        return sealing.unseal(base64.urlsafe_b64decode(sealed), context=_seed_context(account)).decode()
    except (sealing.Unreadable, ValueError, binascii.Error):
        return ""


@transaction.atomic
def add_authenticator(account: Account, *, seed: str, token: str) -> AuthenticatorApp | None:
    """The app, once it has shown a right code; it takes the place of one that was switched off."""
    step = totp_step(seed, token, after=-1)
    if step is None:
        return None
    _lock(account)
    AuthenticatorApp.objects.filter(user=account).exclude(disabled_at=None).delete()
    device = services.add_authenticator(account, base64.b32decode(seed), last_step=step)
    changes.announce(account, what="factor_added")
    return device


@transaction.atomic
def new_recovery_codes(account: Account) -> list[str]:
    """Ten codes in place of all that were left, grouped for people."""
    _lock(account)
    fresh = services.add_recovery_codes(account)
    changes.announce(account, what="recovery_codes_replaced")
    return [codes.grouped(code) for code in fresh]


@transaction.atomic
def replace_recovery_code(account: Account) -> str:
    """One code more, for one that was used; grouped for people."""
    _lock(account)
    code = codes.new(codes.RECOVERY_CHARACTERS)
    RecoveryCode.objects.create(user=account, name="recovery", confirmed=True, code_hash=recovery_code_hash(code))
    changes.announce(account, what="recovery_code_used")
    return codes.grouped(code)


def change_password(account: Account, *, old: str, new: str, source: str) -> None:
    """Raises TooManyTries, ValidationError (about ``old`` or ``password``)."""
    attempt = throttling.begin("sign-in", who=account.pk, source=source)
    if not passwords.matches(old, account.password):
        report_failure("password_change_failed", account=account, source=source, factor="password", reason="wrong")
        raise ValidationError({"old": _("This is not your password of today.")})
    attempt.succeeded()
    held = [(document.scheme, document.subject) for document in account.documents.all()]
    if account.sign_in_index is not None:
        held.append((services.STAFF_SCHEME, account.sign_in_index))
    try:
        for scheme, subject in held:
            passwords.refuse_weak(new, scheme=scheme, subject=subject, code_hash=b"", email=account.email or "")
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None
    encoded = passwords.encode(new)
    with transaction.atomic():
        # A recovery or a freeze that came in between has the last word.
        unchanged = Account.objects.filter(pk=account.pk, password=account.password, is_active=True)
        if not unchanged.update(password=encoded):
            raise ValidationError({"old": _("This is not your password of today.")})
        account.password = encoded
        changes.announce(account, what="password_changed")


def _lock(account: Account) -> None:
    """Raises PermissionDenied where this session is over since its request began: by a recovery, say, or a freeze,
    which no factor of whoever was inside may outlive."""
    alive = Account.objects.select_for_update().filter(is_active=True, sessions_epoch=account.sessions_epoch)
    if not alive.filter(pk=account.pk).exists():
        raise PermissionDenied


def _seed_context(account: Account) -> str:
    return f"offered authenticator seed:{account.pk}"
