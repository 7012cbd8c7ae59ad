"""The pages of filing: one question each. Somebody else's number is a 404, as is one that does not exist.

What is answered is kept in the draft at once; "Change" on the review comes back to the review.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from lookups.disputes import filing, filing_wording, questions, services
from lookups.disputes.filing import Filing
from lookups.disputes.forms import ChooseForm, OthersForm, QuestionForm, ReasonForm, ReviewForm, StatementForm
from lookups.identity.decorators import citizen_page, keeps_typed, step_up
from lookups.identity.models import Account
from lookups.identity.sessions import account_of
from lookups.registry.cards import card_of
from lookups.registry.models import Registration

CHANGE = "change"


def _keep_typed(account: Account, typed: QueryDict, registration_id: UUID, page: str = filing.REASON) -> None:
    """What is right of it, as the draft about this number, if it is theirs."""
    registration = _of(account, registration_id) if account.is_citizen else None
    if registration is None:
        return
    draft = Filing.about(registration, account)
    form = _form(draft, page, typed) if page in draft.pages else None
    if form is not None:
        form.is_valid()
        draft.keep(**form.cleaned_data)


@citizen_page
def choose(request: HttpRequest) -> HttpResponse:
    """Several numbers at once: which ones? The newest of them names the filing."""
    account = account_of(request)
    left = filing.left_today(account)
    offered = list(filing.disputable(account)[: filing.OFFERED_AT_ONCE])
    if not (left and offered):
        messages.warning(request, filing_wording.nothing_to_choose(left))
        return redirect("overview:numbers")
    choices = [(str(one.pk), filing_wording.named(one)) for one in offered]
    form = ChooseForm(request.POST if request.method == "POST" else None, choices=choices, most=left)
    if request.method == "POST" and form.is_valid():
        chosen = [one for one in offered if str(one.pk) in form.cleaned_data["others"]]
        together = [str(one.pk) for one in chosen[1:]]
        draft = Filing.about(chosen[0], account).keep(**{filing.OTHERS: together, filing.CHOSEN: True})
        return redirect(draft.address(filing.REASON))
    return render(request, "disputes/choose.html", {"form": form})


@keeps_typed(_keep_typed)
@citizen_page
def file(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """What is wrong with this number?"""
    return _ask(request, registration_id, filing.REASON)


@keeps_typed(_keep_typed)
@citizen_page
def question(request: HttpRequest, registration_id: UUID, page: str) -> HttpResponse:
    """One more question of the path."""
    return _ask(request, registration_id, page)


def _ask(request: HttpRequest, registration_id: UUID, page: str) -> HttpResponse:
    """Ask it, keep the answer, go on to the next page."""
    draft = begun(request, registration_id)
    if isinstance(draft, HttpResponse):
        return draft
    if page == filing.WARNING and page in draft.pages:
        return _warn(request, draft)
    form = _form(draft, page, request.POST if request.method == "POST" else None) if page in draft.pages else None
    if form is None:
        # A page of another reason's path, out of an old tab: back to where this one stands.
        return redirect(draft.address(draft.missing or filing.REVIEW))
    if request.method == "POST" and form.is_valid():
        return go_on_from(request, draft.keep(**form.cleaned_data), page)
    return render(request, "disputes/question.html", page_context(request, draft, page) | {"form": form})


def _form(draft: Filing, page: str, data: QueryDict | None) -> forms.Form | None:
    """The form of a page that has one."""
    if page == filing.REASON:
        return ReasonForm(data, initial=draft.typed)
    if page == filing.OTHERS:
        choices = [(str(one.pk), filing_wording.named(one)) for one in draft.others]
        return OthersForm(data, initial=draft.typed, choices=choices, most=filing.left_today(draft.account) - 1)
    if page == filing.STATEMENT:
        return StatementForm(data, initial=draft.typed, asked=questions.statement_of(draft.reason))
    asked = next((one for one in questions.of(draft.reason) if one.name == page), None)
    return QuestionForm(data, initial=draft.typed, question=asked) if asked else None


def _warn(request: HttpRequest, draft: Filing) -> HttpResponse:
    """Before disputing what one uses oneself."""
    if request.method == "POST":
        draft = draft.keep(**{filing.WARNING: [str(one.pk) for one in draft.to_warn_of]})
        return redirect(draft.address(draft.missing or filing.REVIEW))
    numbers = [one.masked for one in draft.to_warn_of]
    context = page_context(request, draft, filing.WARNING) | {"form": None, "numbers": numbers}
    return render(request, "disputes/warning.html", context)


@citizen_page
@step_up
def review(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Everything once more, then file it."""
    draft = begun(request, registration_id)
    if isinstance(draft, HttpResponse):
        return draft
    if draft.missing:
        return redirect(draft.address(draft.missing))
    if request.method == "POST":
        return _send(request, draft)
    form = ReviewForm(initial={"version": draft.version})
    return render(request, "disputes/review.html", filing_wording.review(draft) | {"form": form})


def _send(request: HttpRequest, draft: Filing) -> HttpResponse:
    try:
        filed = filing.send(draft.registration, draft.account, version=request.POST.get("version", ""))
    except (services.NotYours, services.AlreadyOpen, filing.Incomplete):
        # Another tab was faster, or a number went: this page knows where that leads.
        return redirect(draft.address(filing.REVIEW))
    except filing.Changed:
        messages.warning(request, filing_wording.changed())
        return redirect(draft.address(filing.REVIEW))
    except filing.TooMany as many:
        messages.warning(request, filing_wording.too_many(many.left))
        return redirect(draft.address(filing.REVIEW))
    except filing.TooSoon:
        messages.warning(request, filing_wording.too_soon())
        return redirect(draft.address(filing.REVIEW))
    messages.success(request, filing_wording.filed(filed))
    return redirect(filed[0] if len(filed) == 1 else "disputes:list")


def begun(request: HttpRequest, registration_id: UUID) -> Filing | HttpResponse:
    """The filing about this number; or where to go instead: to its dispute, or to its page if it cannot be disputed."""
    account = account_of(request)
    registration = _of(account, registration_id)
    if registration is None:
        raise Http404
    known = filing.open_dispute(registration)
    if known:
        return redirect(known)
    if filing.is_cooling_off(registration):
        messages.warning(request, filing_wording.too_soon())
        return redirect("overview:number", registration.pk)
    if not filing.left_today(account):
        messages.warning(request, filing_wording.too_many(0))
        return redirect("overview:number", registration.pk)
    return Filing.about(registration, account)


def go_on_from(request: HttpRequest, draft: Filing, page: str) -> HttpResponse:
    """To the next page; to the review where the answer was only changed and nothing else is missing."""
    if CHANGE in request.GET:
        return redirect(draft.address(draft.missing or filing.REVIEW))
    return redirect(draft.address(draft.after(page)))


def page_context(request: HttpRequest, draft: Filing, page: str) -> dict[str, Any]:
    """What every page of the path shows: which number, and the way back."""
    changing = CHANGE in request.GET
    before = filing.REVIEW if changing else draft.before(page)
    return {
        "changing": changing,
        "card": card_of(draft.registration),
        "more": len(draft.registrations) - 1,
        "back_url": draft.address(before) if before else "",
    }


def _of(account: Account, registration_id: UUID) -> Registration | None:
    own = Registration.objects.of(account.subjects()).select_related("carrier__host")
    return own.filter(pk=registration_id).first()
