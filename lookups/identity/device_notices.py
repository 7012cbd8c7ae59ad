"""The answer to a sign-in: it makes its browser a known device, and the owner hears of one that was never seen."""

import secrets
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from lookups.identity import changes, devices
from lookups.identity.models import Account

GetResponse = Callable[[HttpRequest], HttpResponse]


def remember_devices(get_response: GetResponse) -> GetResponse:
    """Middleware: put the cookie on the answer, once both factors were shown."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        account = devices.signed_in_now(request)
        if account is not None:
            token = devices.presented(request) or secrets.token_urlsafe(32)
            note(account, device=token)
            response.set_cookie(
                devices.COOKIE,
                token,
                max_age=devices.LASTS_SECONDS,
                path="/",
                secure=True,
                httponly=True,
                samesite="Lax",
            )
        return response

    return middleware


@transaction.atomic
def note(account: Account, *, device: str) -> None:
    """Know the device, and tell the owner of a new one: both or neither."""
    if devices.remember(account, device=device):
        changes.announce(account, what="new_device")
