"""Every request: end what is too old, and let nobody through who has not shown both factors."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django_otp.middleware import OTPMiddleware
from django_otp.models import Device

from lookups.identity import sessions
from lookups.identity.decorators import FIRST_FACTOR, MACHINE, PUBLIC
from lookups.identity.models import Account, AuthenticatorApp, Passkey, RecoveryCode
from lookups.identity.reports import report_refused
from lookups.prepared import Prepared

GetResponse = Callable[[HttpRequest], HttpResponse]


class SecondFactor(OTPMiddleware):  # type: ignore[misc]
    """django-otp's: the factor that a session was opened with. Read by a prepared statement, as all of a session is."""

    def _device_from_persistent_id(self, persistent_id: str) -> Device | None:
        with suppress(ValueError, KeyError):
            label, number = persistent_id.rsplit("/", 1)
            return next(iter(_FACTORS[label](uuid.UUID(int=int(number)))), None)
        return None


def _by_key(model: type[Device]) -> Prepared[Device]:
    def of(key: uuid.UUID) -> QuerySet[Device]:
        found: QuerySet[Device] = model.objects.filter(pk=key)
        return found

    return Prepared(of)


_FACTORS = {model.model_label(): _by_key(model) for model in (AuthenticatorApp, Passkey, RecoveryCode)}


def end_old_sessions(get_response: GetResponse) -> GetResponse:
    """Idle and absolute limits, enforced here and not by a cookie's age."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            if sessions.has_ended(request):
                ended = sessions.account_of(request) if sessions.is_verified(request) else None
                sessions.end(request)
                request.session_ended_of = ended  # type: ignore[attr-defined]
            else:
                sessions.touch(request)
        return get_response(request)

    return middleware


class DenyByDefault:
    """A view needs both factors unless it is marked otherwise (``decorators``). The console is for staff alone, and
    where STAFF_NEED_PASSKEY is on, one of their factors has to be a passkey."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        access = getattr(view, "access", None)
        if access in (PUBLIC, MACHINE):
            return None
        match = request.resolver_match
        in_console = match is not None and "admin" in match.app_names
        if not request.user.is_authenticated:
            self._keep_typed(request, view, kwargs)
            report_refused(request, reason="not_signed_in")
            return self._to_sign_in(request, in_console=in_console)
        if not sessions.is_verified(request):
            if access == FIRST_FACTOR:
                return None
            report_refused(request, reason="second_factor_missing")
            return HttpResponseRedirect(reverse("identity:sign_in_code"))
        if sessions.lacks_passkey(request) and not getattr(view, "passkey_may_be_missing", False):
            report_refused(request, reason="passkey_missing")
            return HttpResponseRedirect(reverse("identity:add_passkey"))
        if in_console and not (isinstance(request.user, Account) and request.user.is_staff):
            report_refused(request, reason="staff_only")
            raise Http404
        return self._own_doors(request) if in_console else None

    def _keep_typed(self, request: HttpRequest, view: Callable[..., Any], kwargs: dict[str, Any]) -> None:
        """What somebody has sent just after their session ran out is kept for when they are back; nothing else is done.

        Their form carried the right token (Django's check ran before this), and their session was theirs until now.
        """
        account = getattr(request, "session_ended_of", None)
        keep = getattr(view, "keep_typed", None)
        if request.method == "POST" and account is not None and keep is not None:
            keep(account, request.POST, **kwargs)

    def _own_doors(self, request: HttpRequest) -> HttpResponseBase | None:
        """Django's admin brings a sign-in, a sign-out and a password page of its own: ours alone are used."""
        match = request.resolver_match
        name = match.url_name if match else None
        if name == "login":
            return HttpResponseRedirect(reverse("admin:index"))
        if name == "logout":
            return HttpResponseRedirect(reverse("identity:sign_out"), preserve_request=True)
        if name in ("password_change", "password_change_done"):
            raise Http404
        return None

    def _to_sign_in(self, request: HttpRequest, *, in_console: bool) -> HttpResponseBase:
        """To the right sign-in, and back to this page afterwards. Only its path is kept: a query may hold digits."""
        page = reverse("identity:sign_in_staff" if in_console else "identity:sign_in")
        match = request.resolver_match
        if request.method not in ("GET", "HEAD") or (in_console and match is not None and match.url_name == "login"):
            return HttpResponseRedirect(page)
        return HttpResponseRedirect(f"{page}?{urlencode({'next': request.path})}")
