"""The pages of the national eID. Where no provider is configured they do not exist."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookups.identity import sessions
from lookups.identity.decorators import citizen_page, public, step_up
from lookups.identity.eid import proofs
from lookups.identity.eid.provider import EidRefused, Provider, configured
from lookups.identity.throttling import TooManyTries, source_of
from lookups.identity.views import ENROLMENT


@public
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Enrol with the eID."""
    provider = _provider()
    if sessions.is_verified(request):
        return redirect("identity:account")
    return _leave(request, provider, purpose=proofs.ENROL)


@citizen_page
@step_up
@require_POST
def add_document(request: HttpRequest) -> HttpResponse:
    """Prove one more document."""
    return _leave(request, _provider(), purpose=proofs.ADD_DOCUMENT)


def _leave(request: HttpRequest, provider: Provider, *, purpose: str) -> HttpResponse:
    """A page that leads on to the provider: a redirect after a POST would be refused by our own form-action."""
    try:
        url = proofs.start(request, provider, purpose=purpose)
    except EidRefused as refused:
        return _refused(request, refused)
    return render(request, "identity/eid_leave.html", {"url": url, "host": provider.hosts[0]})


@public
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """The way back. The one GET that writes: OpenID Connect has no other, and ``state`` stands for the token of a form.

    Without what the session remembers of the way out it writes nothing.
    """
    provider = _provider()
    try:
        proof = proofs.finish(request, provider, source=source_of(request))
    except EidRefused as refused:
        return _refused(request, refused)
    except TooManyTries:
        words = _("There were too many tries. Wait for a minute, then try again.")
        return _page(request, words, status=429)
    if proof.purpose == proofs.ADD_DOCUMENT:
        return _added(request, proof)
    begun = proofs.begin_enrolment(proof)
    if begun is None:
        return render(request, "identity/eid_has_account.html")
    request.session.cycle_key()
    request.session[ENROLMENT] = str(begun.pk)
    return redirect("identity:enrol_password")


def _added(request: HttpRequest, proof: proofs.Proof) -> HttpResponse:
    if not sessions.is_verified(request):
        return _refused(request, EidRefused("state"))
    try:
        proofs.add_document(sessions.account_of(request), proof)
    except proofs.NotAdded as refused:
        return _page(request, _not_added(refused.reason), status=409)
    return redirect("identity:account")


def _provider() -> Provider:
    provider = configured()
    if provider is None:
        raise Http404
    return provider


def _refused(request: HttpRequest, refused: EidRefused) -> HttpResponse:
    status = {"unavailable": 503, "stopped": 200}.get(refused.reason, 400)
    return _page(request, _sentence(refused.reason), status=status)


def _page(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    home = reverse("identity:account" if sessions.is_verified(request) else "identity:enrol")
    return render(request, "identity/eid_failed.html", {"sentence": sentence, "back_url": home}, status=status)


def _sentence(reason: str) -> str:
    if reason == "unavailable":
        return _("The eID service does not answer as it should. Nothing was changed. Try again in a few minutes.")
    if reason == "stopped":
        return _("You stopped at the eID service. Nothing was changed.")
    if reason == "assurance":
        return _("You used your eID in a way that is not safe enough here. Use the card or the app with its PIN.")
    if reason == "document":
        return _("Your eID did not tell us the number of an identity document that we can look under.")
    if reason == "state":
        return _("This way back from the eID service was used already, or it took too long. Start again.")
    return _("We could not check the answer of the eID service. Nothing was changed. Start again.")


def _not_added(reason: str) -> str:
    if reason == "already":
        return _("This document belongs to your account already.")
    if reason == "other_person":
        return _("This eID is not the one that your account was opened with. Nothing was changed.")
    return _("This document, or this eID, belongs to another account. Nothing was changed.")
