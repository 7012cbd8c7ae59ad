"""Devices that somebody has signed in from: a cookie that is worth a throttle slot of its own, and nothing else.

A stranger behind the same address (carrier-grade NAT, a café) fails for everybody there. Whoever signed in with both
factors from a browser before is counted apart from them: by the browser's cookie. It is no factor, opens nothing, and
is kept as a keyed hash together with the account.
"""

import re
import uuid

from django.http import HttpRequest
from django.utils import timezone

from lookups.identity.models import Account, KnownDevice
from lookups.vault import blind

COOKIE = "__Host-device"
LASTS_SECONDS = 365 * 86400
DEVICES_PER_ACCOUNT = 20
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_SIGNED_IN = "_signed_in_now"


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


def signed_in_now(request: HttpRequest) -> Account | None:
    """Whose both factors this request showed."""
    account: Account | None = getattr(request, _SIGNED_IN, None)
    return account


def remember(account: Account, *, device: str) -> bool:
    """Know this device from now on, or again. Whether the owner has to be told: it is new, and not the first."""
    now = timezone.now()
    digest = _digest(account.pk, device)
    if KnownDevice.objects.filter(account=account.pk, digest=digest).update(last_used_at=now):
        return False
    held = KnownDevice.objects.filter(account=account.pk)
    others = held.exists()
    _, made = KnownDevice.objects.get_or_create(account=account.pk, digest=digest, defaults={"last_used_at": now})
    kept = list(held.order_by("-last_used_at").values_list("pk", flat=True)[:DEVICES_PER_ACCOUNT])
    held.exclude(pk__in=kept).delete()
    return others and made


def forget_all(account: Account) -> None:
    """No device of this account is known any more."""
    KnownDevice.objects.filter(account=account.pk).delete()


def _digest(account: uuid.UUID, device: str) -> bytes:
    return blind.code_hash("device", f"{account}|{device}")
