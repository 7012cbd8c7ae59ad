"""Devices that somebody has signed in from: a cookie that is worth a throttle slot of its own, and nothing else.

A stranger behind the same address (carrier-grade NAT, a café) fails for everybody there. Whoever signed in with both
factors from a browser before is counted apart from them: by the browser's cookie. It is no factor, opens nothing, and
is kept as a keyed hash together with the account.
"""

import re
import secrets
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from lookups.identity.models import Account, KnownDevice
from lookups.notices import services as notices
from lookups.vault import blind

COOKIE = "__Host-device"
LASTS_SECONDS = 365 * 86400
DEVICES_PER_ACCOUNT = 20
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_SIGNED_IN = "_signed_in_now"

GetResponse = Callable[[HttpRequest], HttpResponse]


def presented(request: HttpRequest) -> str:
    """The cookie's secret, or "" for none or one that cannot be ours."""
    token = request.COOKIES.get(COOKIE, "")
    return token if _TOKEN.fullmatch(token) else ""


def slot(account: Account | None, *, device: str) -> str:
    """What this device is counted as when it tries ``account``; "" if that account does not know it.

    One look-up whether there is such an account or not.
    """
    if not device:
        return ""
    who = account.pk if account is not None else uuid.UUID(int=0)
    digest = _digest(who, device)
    return f"device {digest.hex()}" if KnownDevice.objects.filter(account=who, digest=digest).exists() else ""


def signed_in(request: HttpRequest, account: Account) -> None:
    """Both factors were shown: the answer to this request makes its browser a known one."""
    setattr(request, _SIGNED_IN, account)


def remember_devices(get_response: GetResponse) -> GetResponse:
    """Middleware: put the cookie on the answer to a sign-in, and tell the owner of a device that was never seen."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        account: Account | None = getattr(request, _SIGNED_IN, None)
        if account is not None:
            token = presented(request) or secrets.token_urlsafe(32)
            remember(account, device=token)
            response.set_cookie(
                COOKIE, token, max_age=LASTS_SECONDS, path="/", secure=True, httponly=True, samesite="Lax"
            )
        return response

    return middleware


def remember(account: Account, *, device: str) -> None:
    """Know this device from now on, or again. The owner is told of one that comes after the first."""
    now = timezone.now()
    digest = _digest(account.pk, device)
    if KnownDevice.objects.filter(account=account.pk, digest=digest).update(last_used_at=now):
        return
    held = KnownDevice.objects.filter(account=account.pk)
    others = held.exists()
    _, made = KnownDevice.objects.get_or_create(account=account.pk, digest=digest, defaults={"last_used_at": now})
    kept = list(held.order_by("-last_used_at").values_list("pk", flat=True)[:DEVICES_PER_ACCOUNT])
    held.exclude(pk__in=kept).delete()
    if others and made:
        announce(account, kind="new_device")


def forget_all(account: Account) -> None:
    """No device of this account is known any more."""
    KnownDevice.objects.filter(account=account.pk).delete()


def announce(account: Account, *, kind: str) -> None:
    """Tell the owner what has happened to the account (templates/notices/<kind>.txt)."""
    notices.tell(
        account.pk,
        kind=kind,
        context={"base_url": settings.PORTAL_BASE_URL},
        language=account.language,
        address=account.email,
    )


def _digest(account: uuid.UUID, device: str) -> bytes:
    return blind.code_hash("device", f"{account}|{device}")
