"""What a session says about its bearer: both factors or one, since when, and how fresh.

Times are kept as Unix seconds in the session row, on the server: a browser that never sends another request cannot
prolong anything. Each change of what a session may do gets a new session key.
"""

import base64
import datetime

import django_otp
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp.models import Device

from lookups.identity import devices, open_sessions, recovery
from lookups.identity.models import Account, Passkey, RecoveryCode
from lookups.vault import sealing

BACKEND = "lookups.identity.backends.AccountBackend"
SIGNED_IN_AT = "signed_in_at"
ACTIVE_AT = open_sessions.ACTIVE_AT
VERIFIED_AT = open_sessions.VERIFIED_AT
STEPPED_UP_AT = "stepped_up_at"
NEXT = "next"
RECOVERY_CODE = "fresh_recovery_code"

HALF_SIGNED_IN_SECONDS = 10 * 60
# Activity is written down once a minute, so that reading pages is not writing: a session may end up to a minute early.
ACTIVITY_SECONDS = 60


def begin(request: HttpRequest, account: Account) -> None:
    """The password was right: a session, under a new key, that reaches the second-factor page and nothing else."""
    auth.login(request, account, backend=BACKEND)
    now = _now()
    request.session[SIGNED_IN_AT] = now
    request.session[ACTIVE_AT] = now
    open_sessions.opened(request, account)


def verify(request: HttpRequest, device: Device) -> None:
    """The second factor was right too (django-otp itself would keep the session key).

    Whoever signs in the old way stops a recovery that waits, and is told when the browser is a new one.
    """
    django_otp.login(request, device)
    open_sessions.new_key(request)
    now = _now()
    request.session[VERIFIED_AT] = now
    request.session[STEPPED_UP_AT] = now
    request.session[ACTIVE_AT] = now
    account = account_of(request)
    recovery.cancel(account)
    devices.signed_in(request, account)


def step_up(request: HttpRequest, device: Device) -> None:
    """A factor was shown anew. A passkey becomes the factor of this session: staff may have begun with a lesser one."""
    if isinstance(device, Passkey):
        django_otp.login(request, device)
    open_sessions.new_key(request)
    request.session[STEPPED_UP_AT] = _now()


def stepped_up(request: HttpRequest) -> bool:
    """Whether a factor was shown within STEP_UP_SECONDS."""
    age = _now() - int(request.session.get(STEPPED_UP_AT, 0))
    return 0 <= age <= settings.STEP_UP_SECONDS


def end(request: HttpRequest) -> None:
    """Delete the session on the server; the rest of this request is nobody's."""
    open_sessions.closed(request)
    auth.logout(request)
    nobody = AnonymousUser()
    nobody.otp_device = None  # type: ignore[attr-defined]
    nobody.is_verified = lambda: False  # type: ignore[attr-defined]
    request.user = nobody


def has_ended(request: HttpRequest) -> bool:
    """Whether a signed-in session is over: idle for too long, or simply too old."""
    return _now() > _ends_at(request)


def ends_at(request: HttpRequest) -> datetime.datetime:
    """When this session ends if nobody does anything more."""
    return datetime.datetime.fromtimestamp(_ends_at(request), tz=datetime.UTC)


def _ends_at(request: HttpRequest) -> int:
    user = request.user
    kind = "staff" if user.is_authenticated and user.is_staff else "citizen"
    began = int(request.session.get(SIGNED_IN_AT, 0))
    active = int(request.session.get(ACTIVE_AT, 0))
    longest: int = settings.SESSION_LONGEST_SECONDS if is_verified(request) else HALF_SIGNED_IN_SECONDS
    idle: int = settings.SESSION_IDLE_SECONDS[kind]
    return min(active + idle, began + longest)


def touch(request: HttpRequest) -> None:
    """Note activity, at most once a minute."""
    now = _now()
    if now - int(request.session.get(ACTIVE_AT, 0)) >= ACTIVITY_SECONDS:
        request.session[ACTIVE_AT] = now


def is_verified(request: HttpRequest) -> bool:
    """Whether both factors were shown in this session."""
    return request.user.is_authenticated and getattr(request.user, "otp_device", None) is not None


def lacks_passkey(request: HttpRequest) -> bool:
    """Whether this is a session of staff, who need a passkey, that was opened by something else."""
    user = request.user
    if not (settings.STAFF_NEED_PASSKEY and user.is_authenticated and user.is_staff):
        return False
    return not isinstance(getattr(user, "otp_device", None), Passkey)


def may_add_passkey(request: HttpRequest) -> bool:
    """Whether this session's factor is good enough to add a passkey.

    Where passkeys are required and there is one already, only a passkey is, or a recovery code, for whoever lost it.
    """
    device = getattr(request.user, "otp_device", None)
    if not lacks_passkey(request) or isinstance(device, RecoveryCode):
        return True
    return not Passkey.objects.filter(user=account_of(request)).exists()


def account_of(request: HttpRequest) -> Account:
    """Who is signed in. Raises Http404 for nobody, though no page that asks is reached by nobody."""
    user = request.user
    if not isinstance(user, Account):
        raise Http404
    return user


def local_path(text: str | None) -> str:
    """``text`` if it is a path on this portal, else "": never a way to somebody else's page."""
    if not text or len(text) > 512 or not text.startswith("/"):
        return ""
    return text if url_has_allowed_host_and_scheme(text, allowed_hosts=None) else ""


def now() -> datetime.datetime:
    """The application's clock."""
    return timezone.now()


def keep_recovery_code(request: HttpRequest, account: Account, code: str) -> None:
    """Keep a fresh recovery code, sealed, until this session's owner has seen it."""
    sealed = sealing.seal(code.encode(), context=_code_context(account))
    request.session[RECOVERY_CODE] = base64.b64encode(sealed).decode()


def fresh_recovery_code(request: HttpRequest) -> str:
    """The code that is to be shown, or ""."""
    kept = request.session.get(RECOVERY_CODE)
    if not kept:
        return ""
    return sealing.unseal(base64.b64decode(kept), context=_code_context(account_of(request))).decode()


def forget_recovery_code(request: HttpRequest) -> None:
    """It was kept."""
    request.session.pop(RECOVERY_CODE, None)


def _code_context(account: Account) -> str:
    return f"fresh recovery code:{account.pk}"


def _now() -> int:
    return int(timezone.now().timestamp())
