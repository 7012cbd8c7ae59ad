"""What a session says about its bearer: both factors or one, since when, and how fresh.

Times are kept as Unix seconds in the session row, on the server: a browser that never sends another request cannot
prolong anything. Each change of what a session may do gets a new session key.
"""

import django_otp
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from lookups.identity import devices
from lookups.identity.models import Account, SealedDevice

BACKEND = "lookups.identity.backends.AccountBackend"
SIGNED_IN_AT = "signed_in_at"
ACTIVE_AT = "active_at"
VERIFIED_AT = "verified_at"
STEPPED_UP_AT = "stepped_up_at"
NEXT = "next"

HALF_SIGNED_IN_SECONDS = 10 * 60
# Activity is written down once a minute, so that reading pages is not writing: a session may end up to a minute early.
ACTIVITY_SECONDS = 60


def begin(request: HttpRequest, account: Account) -> None:
    """The password was right: a session, under a new key, that reaches the second-factor page and nothing else."""
    auth.login(request, account, backend=BACKEND)
    now = _now()
    request.session[SIGNED_IN_AT] = now
    request.session[ACTIVE_AT] = now


def verify(request: HttpRequest, device: SealedDevice) -> None:
    """The second factor was right too (django-otp itself would keep the session key)."""
    django_otp.login(request, device)
    request.session.cycle_key()
    now = _now()
    request.session[VERIFIED_AT] = now
    request.session[STEPPED_UP_AT] = now
    request.session[ACTIVE_AT] = now
    devices.signed_in(request, account_of(request))


def step_up(request: HttpRequest) -> None:
    """A factor was shown anew."""
    request.session.cycle_key()
    request.session[STEPPED_UP_AT] = _now()


def stepped_up(request: HttpRequest) -> bool:
    """Whether a factor was shown within STEP_UP_SECONDS."""
    age = _now() - int(request.session.get(STEPPED_UP_AT, 0))
    return 0 <= age <= settings.STEP_UP_SECONDS


def end(request: HttpRequest) -> None:
    """Delete the session on the server; the rest of this request is nobody's."""
    auth.logout(request)
    nobody = AnonymousUser()
    nobody.otp_device = None  # type: ignore[attr-defined]
    nobody.is_verified = lambda: False  # type: ignore[attr-defined]
    request.user = nobody


def has_ended(request: HttpRequest) -> bool:
    """Whether a signed-in session is over: idle for too long, or simply too old."""
    now = _now()
    user = request.user
    kind = "staff" if user.is_authenticated and user.is_staff else "citizen"
    began = int(request.session.get(SIGNED_IN_AT, 0))
    active = int(request.session.get(ACTIVE_AT, 0))
    longest = settings.SESSION_LONGEST_SECONDS if is_verified(request) else HALF_SIGNED_IN_SECONDS
    return now - active > settings.SESSION_IDLE_SECONDS[kind] or now - began > longest


def touch(request: HttpRequest) -> None:
    """Note activity, at most once a minute."""
    now = _now()
    if now - int(request.session.get(ACTIVE_AT, 0)) >= ACTIVITY_SECONDS:
        request.session[ACTIVE_AT] = now


def is_verified(request: HttpRequest) -> bool:
    """Whether both factors were shown in this session."""
    return request.user.is_authenticated and getattr(request.user, "otp_device", None) is not None


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


def _now() -> int:
    return int(timezone.now().timestamp())
