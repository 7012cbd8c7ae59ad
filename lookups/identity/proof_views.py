"""The pages for a letter, a second document and the addresses for notices."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lookups.identity import addresses, sessions
from lookups.identity.decorators import citizen_page, public, step_up
from lookups.identity.models import LinkPurpose
from lookups.identity.proof_forms import AddDocumentForm, AddressForm, LetterForm
from lookups.identity.throttling import TooManyTries, source_of
from lookups.identity.views import posted, too_many

pages = require_http_methods(["GET", "HEAD", "POST"])


@public
@pages
def ask_for_letter(request: HttpRequest) -> HttpResponse:
    """The answer is the same for every number that can be one."""
    form = LetterForm(posted(request))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            form.ask(source=source_of(request))
        except TooManyTries:
            status = too_many(form)
        else:
            return render(request, "identity/letter_asked.html")
    return render(request, "identity/ask_for_letter.html", {"form": form}, status=status)


@citizen_page
@step_up
@pages
def add_document(request: HttpRequest) -> HttpResponse:
    form = AddDocumentForm(posted(request))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            added = form.add(sessions.account_of(request), source=source_of(request))
        except TooManyTries:
            status = too_many(form)
        else:
            if added:
                messages.success(request, _("The document was added. Numbers under it stand on your page now."))
                return redirect("identity:account")
            form.add_error(None, form.wrong)
    return render(request, "identity/add_document.html", {"form": form}, status=status)


@citizen_page
@step_up
@pages
def notice_addresses(request: HttpRequest) -> HttpResponse:
    account = sessions.account_of(request)
    form = AddressForm(posted(request))
    status = 200
    if request.method == "POST" and form.is_valid():
        which = LinkPurpose(form.cleaned_data["which"])
        try:
            addresses.ask_to_confirm(account, which=which, address=form.cleaned_data["address"])
        except addresses.SameAddress:
            form.add_error("address", _("This is your other address already. Two different ones protect you better."))
        except addresses.TooManyLinks:
            form.add_error(None, _("We have sent five links today. Try again tomorrow."))
            status = 429
        else:
            messages.success(request, _("We have sent a link there. The address counts once you have opened it."))
            return redirect("identity:notice_addresses")
    context = {"form": form, "first": account.email or "", "second": account.second_email or ""}
    return render(request, "identity/notice_addresses.html", context, status=status)
