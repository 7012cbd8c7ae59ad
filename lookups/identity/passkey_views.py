"""What the script of the passkey button talks to, and the pages where a passkey is made.

A page with such a button holds a form of its own for it (parts/passkey.html): the script asks here what to ask the
device, and posts the device's answer to the page itself. Without the script there is no button, and the other factors
stand on the same page.
"""

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookups.identity import enrolment, factors, open_sessions, passkeys, sessions
from lookups.identity.decorators import first_factor, passkey_may_be_missing, public, step_up
from lookups.identity.models import Recovery
from lookups.identity.reports import report_failure
from lookups.identity.throttling import source_of
from lookups.identity.views import ENROLMENT, enrolment_of, home, pages


@first_factor
@passkey_may_be_missing
@require_POST
def show_options(request: HttpRequest) -> HttpResponse:
    """For whoever has shown the password: what to ask the device for one of this person's passkeys."""
    return JsonResponse(passkeys.ask_to_show(request, account=sessions.account_of(request)))


@public
@require_POST
def enrol_options(request: HttpRequest) -> HttpResponse:
    """For an enrolment under way, which has chosen its password: what to ask the device for a new passkey."""
    row = enrolment_of(request)
    if row is None or not row.password:
        return HttpResponseForbidden()
    known = enrolment.invited(row)
    return JsonResponse(passkeys.ask_to_register(request, who=row.pk, account=known))


@passkey_may_be_missing
@step_up
@require_POST
def add_options(request: HttpRequest) -> HttpResponse:
    """For whoever has just shown a factor: what to ask the device for one more passkey."""
    account = sessions.account_of(request)
    if not sessions.may_add_passkey(request):
        return HttpResponseForbidden()
    return JsonResponse(passkeys.ask_to_register(request, who=account.pk, account=account))


@public
@pages
def enrol_passkey(request: HttpRequest) -> HttpResponse:
    """The choice of the second factor. A passkey comes first: no page but ours can ask for it."""
    row = enrolment_of(request)
    if row is None:
        return redirect("identity:enrol")
    if not row.password:
        return redirect("identity:enrol_password")
    refused = False
    if request.method == "POST":
        try:
            answer = request.POST.get(passkeys.ANSWER, "")
            made = passkeys.registered(request, who=row.pk, answer=answer)
            confirmed = enrolment.confirm_with_passkey(row, passkey=made, language=get_language() or "")
        except enrolment.EnrolmentOver:
            return redirect("identity:enrol")
        except passkeys.PasskeyRefused:
            confirmed, refused = None, True
            report_failure(
                "enrolment_failed", account=None, source=source_of(request), factor="passkey", reason="wrong"
            )
        if isinstance(confirmed, Recovery):
            return redirect("identity:recovered")
        if confirmed is not None:
            account, device = confirmed
            sessions.begin(request, account)
            sessions.verify(request, device)
            request.session[ENROLMENT] = str(row.pk)
            return redirect("identity:enrol_recovery_codes")
    return render(request, "identity/enrol_passkey.html", {"refused": refused})


@public
@require_POST
def keep_factor_options(request: HttpRequest) -> HttpResponse:
    """For whoever comes back with a new password: what to ask the device for a passkey that the account has."""
    row = enrolment_of(request)
    if row is None or not row.password or row.recovers is None:
        return HttpResponseForbidden()
    return JsonResponse(passkeys.ask_to_show(request, account=row.recovers))


@passkey_may_be_missing
@step_up
@pages
def add_passkey(request: HttpRequest) -> HttpResponse:
    """One more passkey for an account. Staff who need one and have none get no further than here."""
    account = sessions.account_of(request)
    if not sessions.may_add_passkey(request):
        return redirect("identity:sign_in_again")
    lacking = sessions.lacks_passkey(request)
    refused = False
    if request.method == "POST":
        try:
            made = passkeys.registered(request, who=account.pk, answer=request.POST.get(passkeys.ANSWER, ""))
            device = factors.add_passkey(account, made)
        except (passkeys.PasskeyRefused, IntegrityError):
            refused = True
            report_failure(
                "add_factor_failed", account=account, source=source_of(request), factor="passkey", reason="wrong"
            )
        else:
            open_sessions.end_others(request, account)
            sessions.step_up(request, device)
            messages.success(request, _("The passkey was added. You were signed out everywhere else."))
            return redirect(home(account) if lacking else "identity:account")
    return render(request, "identity/add_passkey.html", {"refused": refused, "required": lacking})


@passkey_may_be_missing
@require_safe
def stay(request: HttpRequest) -> HttpResponse:
    """For the script that warns before a session ends: being asked is activity, and the answer is how long it lasts."""
    left = sessions.ends_at(request) - sessions.now()
    return JsonResponse({"seconds": int(left.total_seconds())})
