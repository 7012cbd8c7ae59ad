"""The pages on the way back into an account, and those that a mailed link opens."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from lookups.identity import addresses, changes, enrolment, links, passkeys, recovery, sessions
from lookups.identity.decorators import public
from lookups.identity.forms import EnrolForm, FactorForm
from lookups.identity.models import LinkPurpose, MailedLink
from lookups.identity.views import ENROLMENT, activation_page, check_factor, enrolment_of, onwards, posted

pages = require_http_methods(["GET", "HEAD", "POST"])


@public
@pages
def forgotten(request: HttpRequest) -> HttpResponse:
    """The password is forgotten: the same code as at enrolment, then the second factor or a day's wait."""
    return activation_page(request, EnrolForm, "identity/forgotten.html")


@public
@pages
def keep_factor(request: HttpRequest) -> HttpResponse:
    """Whoever still has the second factor shows it, and is back at once."""
    row = enrolment_of(request)
    if row is None:
        return redirect("identity:enrol")
    account = row.recovers
    if account is None or not row.password:
        return redirect("identity:enrol_password")
    form = FactorForm(posted(request))
    device, status = check_factor(request, account, form)
    if device is not None:
        if not recovery.keep_factors(row, account=account):
            return redirect("identity:enrol")
        account.refresh_from_db()
        request.session.pop(ENROLMENT, None)
        sessions.begin(request, account)
        sessions.verify(request, device)
        return onwards(request, account, device, "")
    context = {"form": form, "has_passkey": passkeys.has_any(account)}
    return render(request, "identity/keep_factor.html", context, status=status)


@public
@pages
def recovered(request: HttpRequest) -> HttpResponse:
    """New recovery codes, and when everything takes effect. Nobody is signed in yet."""
    found = enrolment.recovered(request.session.get(ENROLMENT))
    if found is None:
        return redirect("identity:sign_in")
    row, waiting = found
    account = waiting.account
    if request.method == "POST":
        enrolment.finish(row.pk, account=account)
        request.session.pop(ENROLMENT, None)
        return redirect("identity:sign_in")
    saved = enrolment.recovery_codes(row.pk, account=account)
    context = {"form": forms.Form(), "codes": saved, "takes_effect_at": waiting.takes_effect_at}
    return render(request, "identity/recovered.html", context)


@public
@pages
def freeze(request: HttpRequest, token: str) -> HttpResponse:
    """ "This was not me": the button closes the account. Opening the link does nothing, so that mail scanners may."""
    link = _link(token, LinkPurpose.FREEZE)
    if request.method == "POST":
        changes.freeze(link)
        if request.user == link.account:
            sessions.end(request)  # this browser's is gone like all others: nothing may be kept in it
        return render(request, "identity/frozen.html")
    return render(request, "identity/freeze.html", {"form": forms.Form()})


@public
@pages
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """The button on this page confirms that mail to this address is read."""
    link = _link(token, *addresses.ADDRESSES)
    if request.method == "POST":
        if not addresses.confirm(link):
            raise Http404
        return render(request, "identity/address_confirmed.html")
    return render(request, "identity/confirm_address.html", {"form": forms.Form()})


def _link(token: str, *purposes: LinkPurpose) -> MailedLink:
    link = links.find(token, *purposes)
    if link is None:
        raise Http404
    return link
