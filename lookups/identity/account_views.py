"""The account page: documents, factors, password, recovery codes, and where one is signed in.

Whatever changes a factor asks for a fresh one first, tells the person, and ends the sessions elsewhere.
"""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookups.identity import codes, factors, open_sessions, sessions
from lookups.identity.decorators import passkey_may_be_missing, step_up
from lookups.identity.forms import AddAuthenticatorForm, ChangePasswordForm
from lookups.identity.models import Passkey
from lookups.identity.throttling import TooManyTries, source_of
from lookups.identity.views import destination, home, otpauth_uri, pages, posted, qr, too_many
from lookups.jurisdictions import schemes


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    person = sessions.account_of(request)
    held = person.documents.order_by("added_at")
    context = {
        "documents": [(_scheme_label(document.scheme), document.added_at) for document in held],
        "factors": factors.listed(person),
        "open_sessions": open_sessions.listed(request, person),
    }
    return render(request, "identity/account.html", context)


def _scheme_label(scheme: str) -> str:
    try:
        return str(schemes.get(scheme).label)
    except schemes.InvalidIdNumber:
        return scheme  # a document of a scheme that this country's file no longer lists


# --- Factors ----------------------------------------------------------------------------------------------------------


@step_up
@pages
def add_authenticator(request: HttpRequest) -> HttpResponse:
    person = sessions.account_of(request)
    form = AddAuthenticatorForm(posted(request))
    seed = ""
    if request.method == "POST":
        seed = factors.offered_seed(person, request.POST.get("seed", ""))
        if form.is_valid() and seed:
            token = "".join(form.cleaned_data["token"].split())
            if factors.add_authenticator(person, seed=seed, token=token) is not None:
                open_sessions.end_others(request, person)
                messages.success(request, _("The authenticator app was added. You were signed out everywhere else."))
                return redirect("identity:account")
            form.add_error(
                "token", _("This is not the code we expected. Check the clock of your phone, and type the newest code.")
            )
    if not seed:
        seed, sealed = factors.offer_seed(person)
        form = AddAuthenticatorForm()
        form.initial["seed"] = sealed
    uri = otpauth_uri(seed)
    context = {
        "form": form,
        "qr_svg": qr(uri),
        "otpauth_uri": uri,
        "secret_groups": codes.grouped(seed, separator=" "),
    }
    return render(request, "identity/add_authenticator.html", context)


@step_up
@pages
def remove_factor(request: HttpRequest, factor_id: uuid.UUID) -> HttpResponse:
    person = sessions.account_of(request)
    factor = factors.find(person, factor_id)
    if factor is None:
        raise Http404
    is_this = getattr(request.user, "otp_device", None) == factor
    if request.method == "POST":
        try:
            factors.remove(person, factor_id)
        except factors.LastFactor:
            messages.error(request, _("This is your last one: add another before you remove it."))
        else:
            open_sessions.end_others(request, person)
            messages.success(request, _("It was removed. You were signed out everywhere else."))
            if is_this:
                sessions.end(request)
                return redirect("identity:sign_in")
        return redirect("identity:account")
    context = {"is_passkey": isinstance(factor, Passkey), "is_this": is_this}
    return render(request, "identity/remove_factor.html", context)


@step_up
@pages
def change_password(request: HttpRequest) -> HttpResponse:
    person = sessions.account_of(request)
    form = ChangePasswordForm(posted(request))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            changed = form.change(person, source=source_of(request))
        except TooManyTries:
            status = too_many(form)
        else:
            if changed:
                open_sessions.end_others(request, person)
                messages.success(request, _("The password was changed. You were signed out everywhere else."))
                return redirect("identity:account")
    return render(request, "identity/change_password.html", {"form": form}, status=status)


@step_up
@pages
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """A new set. It is shown in the answer to the POST, and nowhere again."""
    person = sessions.account_of(request)
    fresh: list[str] = []
    if request.method == "POST":
        fresh = factors.new_recovery_codes(person)
        open_sessions.end_others(request, person)
    return render(request, "identity/recovery_codes.html", {"codes": fresh})


@passkey_may_be_missing
@pages
def new_recovery_code(request: HttpRequest) -> HttpResponse:
    """The code that takes the place of one that was just used: shown until it was kept, in this session alone."""
    person = sessions.account_of(request)
    code = sessions.fresh_recovery_code(request)
    if request.method == "POST":
        sessions.forget_recovery_code(request)
        return redirect(destination(person, sessions.local_path(request.session.pop(sessions.NEXT, ""))))
    if not code:
        return redirect(home(person))
    return render(request, "identity/new_recovery_code.html", {"codes": [code]})


# --- Sessions ---------------------------------------------------------------------------------------------------------


@step_up
@require_POST
def end_session(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    if not open_sessions.end_one(sessions.account_of(request), session_id):
        raise Http404
    messages.success(request, _("That browser is signed out."))
    return redirect("identity:account")


@step_up
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    open_sessions.end_others(request, sessions.account_of(request))
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("identity:account")
