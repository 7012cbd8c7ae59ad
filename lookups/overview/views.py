"""The citizen's pages that combine rooms, and the public ones."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookups.audit import services as audit
from lookups.audit.models import Action, ActorKind
from lookups.identity import sessions
from lookups.identity.decorators import citizen_page, public, step_up
from lookups.identity.sessions import account_of
from lookups.overview import activity as activity_log
from lookups.overview import figures
from lookups.overview.numbers import SearchForm, card_for, numbers_page
from lookups.registry import history, retention
from lookups.registry import services as registry
from lookups.registry.cards import details_of
from lookups.registry.models import Registration
from lookups.vault import masking


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "overview/home.html")


@citizen_page
def numbers(request: HttpRequest) -> HttpResponse:
    """Every number under this person's documents; by POST, those that end with the given digits."""
    search = SearchForm(request.POST) if request.method == "POST" else None
    wanted = (request.POST if search else request.GET).get("page", "1")
    page = numbers_page(account_of(request), page_number=_number(wanted), search=search)
    return render(request, "overview/numbers.html", {"page": page, "form": search, "retention": retention.in_words()})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


@citizen_page
@require_safe
def number(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """One number, masked, with everything the carrier told us about it."""
    return _number_page(request, _own(request, registration_id), revealed=False)


@citizen_page
@step_up
@require_safe
def reveal(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """The same page with all digits, after a fresh second factor."""
    registration = _own(request, registration_id)
    audit.record(
        [registration.subject],
        action=Action.REVEALED,
        actor_kind=ActorKind.CITIZEN,
        actor=account_of(request).pk,
        about=str(registration.pk),
    )
    return _number_page(request, registration, revealed=True)


def _number_page(request: HttpRequest, registration: Registration, *, revealed: bool) -> HttpResponse:
    context = {
        "card": card_for(registration),
        "details": details_of(registration),
        "timeline": history.of(registration),
        "revealed": revealed,
        "full_number": masking.spaced(registration.number) if revealed else "",
        "reveal_url": reverse("overview:reveal", args=[registration.pk]),
        "stepped_up": sessions.stepped_up(request),
    }
    return render(request, "overview/number.html", context)


@citizen_page
@require_POST
def confirm(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """This is mine."""
    account = account_of(request)
    registry.confirm(_own(request, registration_id), account=account.pk, subjects=account.subjects())
    messages.success(request, _("Noted: this number is yours. You can take that back at any time."))
    return _back_to(registration_id)


@citizen_page
@require_POST
def unconfirm(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """No longer: this is mine."""
    account = account_of(request)
    registry.unconfirm(_own(request, registration_id), account=account.pk, subjects=account.subjects())
    messages.success(request, _("Taken back: the number is open again."))
    return _back_to(registration_id)


def _back_to(registration_id: UUID) -> HttpResponse:
    return redirect(f"{reverse('overview:numbers')}#n-{registration_id}")


@citizen_page
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """Who looked at this person's records."""
    return render(request, "overview/activity.html", {"records": activity_log.entries(account_of(request).subjects())})


@public
@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """Counts by carrier, reason and outcome, for everyone; small ones are not told."""
    context = {"rows": figures.by_carrier(), "reasons": figures.by_reason(), "outcomes": figures.by_outcome()}
    return render(request, "overview/statistics.html", context)


def _own(request: HttpRequest, registration_id: UUID) -> Registration:
    own = Registration.objects.of(account_of(request).subjects()).select_related("carrier__host")
    registration = own.filter(pk=registration_id).first()
    if registration is None:
        raise Http404
    return registration
