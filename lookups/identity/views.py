"""The pages of signing in, signing out and enrolment."""

from urllib.parse import quote, urlencode

import segno
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_otp.models import Device

from lookups.identity import codes, enrolment, factors, passkeys, services, sessions
from lookups.identity.decorators import first_factor, passkey_may_be_missing, public
from lookups.identity.forms import (
    CitizenPasswordForm,
    ConfirmAuthenticatorForm,
    EnrolForm,
    FactorForm,
    PasswordForm,
    SignInForm,
    StaffEnrolForm,
    StaffSignInForm,
)
from lookups.identity.models import Account, Enrolment, Recovery, RecoveryCode
from lookups.identity.throttling import TooManyTries, source_of
from lookups.jurisdictions import rules

ENROLMENT = "enrolment"

pages = require_http_methods(["GET", "HEAD", "POST"])


# --- Signing in -------------------------------------------------------------------------------------------------------


@public
@pages
def sign_in(request: HttpRequest) -> HttpResponse:
    return _first_factor_page(request, SignInForm, "identity/sign_in.html")


@public
@pages
def sign_in_staff(request: HttpRequest) -> HttpResponse:
    return _first_factor_page(request, StaffSignInForm, "identity/sign_in_staff.html")


def _first_factor_page(
    request: HttpRequest, form_class: type[SignInForm | StaffSignInForm], template: str
) -> HttpResponse:
    if sessions.is_verified(request):
        return redirect(home(sessions.account_of(request)))
    form = form_class(posted(request))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            account = form.check(source=source_of(request))
        except TooManyTries:
            status = too_many(form)
        else:
            if account is not None:
                sessions.begin(request, account)
                request.session[sessions.NEXT] = sessions.local_path(request.GET.get("next"))
                return redirect("identity:sign_in_code")
            form.add_error(None, form.wrong)
    return render(request, template, {"form": form}, status=status)


@first_factor
@pages
def sign_in_code(request: HttpRequest) -> HttpResponse:
    account = sessions.account_of(request)
    if sessions.is_verified(request):
        return redirect(home(account))
    form = FactorForm(posted(request))
    device, status = check_factor(request, account, form)
    if device is not None:
        wanted = sessions.local_path(request.session.pop(sessions.NEXT, ""))
        sessions.verify(request, device)
        return onwards(request, account, device, wanted)
    context = {"form": form, "has_passkey": passkeys.has_any(account)}
    return render(request, "identity/sign_in_code.html", context, status=status)


@passkey_may_be_missing
@pages
def sign_in_again(request: HttpRequest) -> HttpResponse:
    account = sessions.account_of(request)
    wanted = destination(account, sessions.local_path(request.GET.get("next")))
    form = FactorForm(posted(request))
    device, status = check_factor(request, account, form)
    if device is not None:
        sessions.step_up(request, device)
        return onwards(request, account, device, wanted)
    context = {
        "form": form,
        "back_url": reverse(home(account)),
        "has_passkey": passkeys.has_any(account),
        "needs_passkey": sessions.lacks_passkey(request),
    }
    return render(request, "identity/sign_in_again.html", context, status=status)


def onwards(request: HttpRequest, account: Account, device: Device, wanted: str) -> HttpResponse:
    """To the page that was asked for; after a recovery code, by the page that shows the one in its place."""
    if not isinstance(device, RecoveryCode):
        return redirect(destination(account, wanted))
    sessions.keep_recovery_code(request, account, factors.replace_recovery_code(account))
    request.session[sessions.NEXT] = wanted
    return redirect("identity:new_recovery_code")


def check_factor(request: HttpRequest, account: Account, form: FactorForm) -> tuple[Device | None, int]:
    """The device that took the posted code or passkey, or None and the status of the page that says why not."""
    if passkeys.ANSWER in request.POST:
        answer = request.POST[passkeys.ANSWER]
        passkey = passkeys.check(request, account=account, answer=answer, source=source_of(request))
        if passkey is None:
            form.errors.clear()
            form.add_error(None, _("This passkey did not work. Try again, or type a code instead."))
        return passkey, 200
    if request.method != "POST" or not form.is_valid():
        return None, 200
    try:
        device = services.check_factor(account, token=form.cleaned_data["token"], source=source_of(request))
    except TooManyTries:
        return None, too_many(form)
    except services.AuthenticatorSwitchedOff:
        form.add_error(
            "token", _("The authenticator app was switched off after ten wrong codes. Use one of your recovery codes.")
        )
        return None, 200
    if device is None:
        form.add_error("token", _("This code is wrong, or it was used already. Wait for the next one and type that."))
    return device, 200


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    sessions.end(request)
    response = render(request, "identity/signed_out.html")
    # Not "cookies": the device cookie outlives a session (``devices``). The session's own and the form token's go.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite="Lax")
    response.delete_cookie(settings.CSRF_COOKIE_NAME, samesite="Lax")
    return response


# --- Enrolment --------------------------------------------------------------------------------------------------------


@public
@pages
def enrol(request: HttpRequest) -> HttpResponse:
    return activation_page(request, EnrolForm, "identity/enrol.html")


@public
@pages
def enrol_staff(request: HttpRequest) -> HttpResponse:
    return activation_page(request, StaffEnrolForm, "identity/enrol_staff.html")


def activation_page(request: HttpRequest, form_class: type[EnrolForm | StaffEnrolForm], template: str) -> HttpResponse:
    if sessions.is_verified(request):
        return redirect(home(sessions.account_of(request)))
    form = form_class(posted(request))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            begun = form.begin(source=source_of(request))
        except TooManyTries:
            status = too_many(form)
        else:
            if begun is not None:
                request.session.cycle_key()
                request.session[ENROLMENT] = str(begun.pk)
                return redirect("identity:enrol_password")
            form.add_error(None, form.wrong)
    return render(request, template, {"form": form}, status=status)


@public
@pages
def enrol_password(request: HttpRequest) -> HttpResponse:
    row = enrolment_of(request)
    if row is None:
        return redirect("identity:enrol")
    new_citizen = row.code.scheme != services.STAFF_SCHEME and row.recovers_id is None
    form_class = CitizenPasswordForm if new_citizen else PasswordForm
    form = form_class(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            kept = form.keep(row)
        except enrolment.EnrolmentOver:
            return redirect("identity:enrol")
        if kept:
            return redirect("identity:enrol_passkey" if row.recovers_id is None else "identity:keep_factor")
    return render(request, "identity/enrol_password.html", {"form": form})


@public
@pages
def enrol_authenticator(request: HttpRequest) -> HttpResponse:
    row = enrolment_of(request)
    if row is None:
        return redirect("identity:enrol")
    seed = row.seed
    if seed is None:
        return redirect("identity:enrol_password")
    form = ConfirmAuthenticatorForm(posted(request))
    if request.method == "POST" and form.is_valid():
        token = "".join(form.cleaned_data["token"].split())
        try:
            confirmed = enrolment.confirm(row, token=token, language=get_language() or "")
        except enrolment.EnrolmentOver:
            return redirect("identity:enrol")
        if isinstance(confirmed, Recovery):
            return redirect("identity:recovered")
        if confirmed is not None:
            account, device = confirmed
            sessions.begin(request, account)
            sessions.verify(request, device)
            request.session[ENROLMENT] = str(row.pk)
            return redirect("identity:enrol_recovery_codes")
        form.add_error(
            "token", _("This is not the code we expected. Check the clock of your phone, and type the newest code.")
        )
    uri = otpauth_uri(seed)
    context = {
        "form": form,
        "qr_svg": qr(uri),
        "otpauth_uri": uri,
        "secret_groups": codes.grouped(seed, separator=" "),
    }
    return render(request, "identity/enrol_authenticator.html", context)


@passkey_may_be_missing
@pages
def enrol_recovery_codes(request: HttpRequest) -> HttpResponse:
    account = sessions.account_of(request)
    begun = request.session.get(ENROLMENT)
    saved = enrolment.recovery_codes(begun, account=account)
    if request.method == "POST":
        enrolment.finish(begun, account=account)
        request.session.pop(ENROLMENT, None)
        return redirect(home(account))
    if not saved:
        return redirect(home(account))
    return render(request, "identity/enrol_recovery_codes.html", {"form": forms.Form(), "codes": saved})


def enrolment_of(request: HttpRequest) -> Enrolment | None:
    return enrolment.under_way(request.session.get(ENROLMENT))


def otpauth_uri(seed: str) -> str:
    """What authenticator apps read (Key URI Format). Names the portal; of the person it says nothing."""
    issuer = _("Numbers in my name")
    label = f"{quote(issuer)}:{rules.current().code}"
    return f"otpauth://totp/{label}?{urlencode({'secret': seed, 'issuer': issuer}, quote_via=quote)}"


def qr(uri: str) -> SafeString:
    """The picture as inline SVG without a style of its own, which the content security policy would refuse."""
    svg = segno.make(uri, error="m").svg_inline(omitsize=True, border=2, title=_("QR code for the authenticator app"))
    return mark_safe(svg)  # noqa: S308


# --- Ways between the pages -------------------------------------------------------------------------------------------


def home(person: Account) -> str:
    return "admin:index" if person.is_staff else "overview:numbers"


def destination(person: Account, wanted: str) -> str:
    """The page that was asked for, if it is one for this person, else where they start."""
    in_console = wanted.startswith(reverse("admin:index"))
    for_both = wanted.startswith(reverse("identity:account"))
    if wanted and (for_both or in_console == person.is_staff):
        return wanted
    return reverse(home(person))


def posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def too_many(form: forms.Form) -> int:
    form.add_error(None, _("There were too many tries. Wait for up to 15 minutes, then try again."))
    return 429
