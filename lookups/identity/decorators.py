"""What a view asks of its visitor. Without one of these it needs both factors (``middleware.DenyByDefault``).

``public``, ``first_factor`` and ``machine`` only mark the view: the middleware reads the mark. ``citizen_page`` and
``step_up`` check by themselves.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt

from lookups.identity import sessions
from lookups.identity.models import Account
from lookups.identity.reports import report_refused

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

PUBLIC = "public"
FIRST_FACTOR = "first factor"
MACHINE = "machine"


def public(view: View) -> View:
    """For everybody. The list of such views is short, and a test knows it."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def first_factor(view: View) -> View:
    """For whoever has shown the password: the second-factor page."""
    view.access = FIRST_FACTOR  # type: ignore[attr-defined]
    return view


def machine(view: View) -> View:
    """For machines, which carry credentials of their own and no session, so that there is nothing to forge."""
    marked = csrf_exempt(view)
    marked.access = MACHINE  # type: ignore[attr-defined]
    return marked


def keeps_typed(keep: Callable[..., None]) -> Callable[[View], View]:
    """``keep(account, typed, **arguments of the view)`` is called with what comes in after the session ran out."""

    def mark(view: View) -> View:
        view.keep_typed = keep  # type: ignore[attr-defined]
        return view

    return mark


def passkey_may_be_missing(view: View) -> View:
    """Reached by staff who still have to add a passkey, too (``middleware.DenyByDefault``)."""
    view.passkey_may_be_missing = True  # type: ignore[attr-defined]
    return view


def citizen_page(view: View) -> View:
    """For citizens; to staff it does not exist."""

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> HttpResponseBase:
        request = _request(args)
        if not (sessions.is_verified(request) and isinstance(request.user, Account) and request.user.is_citizen):
            report_refused(request, reason="citizens_only")
            raise Http404
        return view(*args, **kwargs)

    return wrapped  # type: ignore[return-value]


def step_up(view: View) -> View:
    """For whoever has shown a factor within the last five minutes; others show one and come back.

    They come back by GET, without the query string: to the page they asked for, or for a POST to the page named in its
    field ``next``, else to the same address.
    """

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> HttpResponseBase:
        request = _request(args)
        if sessions.is_verified(request) and sessions.stepped_up(request):
            return view(*args, **kwargs)
        back = sessions.local_path(request.POST.get("next")) if request.method == "POST" else ""
        query = urlencode({"next": back or request.path})
        return HttpResponseRedirect(f"{reverse('identity:sign_in_again')}?{query}")

    wrapped.needs_step_up = True  # type: ignore[attr-defined]
    return wrapped  # type: ignore[return-value]


def _request(args: tuple[Any, ...]) -> HttpRequest:
    """The request among a view's arguments; a method of an admin class has ``self`` before it."""
    return next(arg for arg in args[:2] if isinstance(arg, HttpRequest))
