"""The citizen's pages about disputes. Somebody else's dispute or number is a 404, as is one that does not exist."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookups.audit import services as audit
from lookups.audit.models import Action, ActorKind
from lookups.disputes import drafts, references, services, wording
from lookups.disputes.forms import FilingForm, SayForm
from lookups.disputes.models import Dispute, Reason
from lookups.disputes.moves import MoveRefused
from lookups.identity.decorators import citizen_page, keeps_typed, step_up
from lookups.identity.models import Account
from lookups.identity.sessions import account_of
from lookups.jurisdictions import rules
from lookups.registry.cards import card_of
from lookups.registry.models import Registration


@citizen_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All disputes of this person, newest first."""
    disputes = Dispute.objects.of(account_of(request).subjects()).select_related("carrier").order_by("-filed_at")
    entries = [
        {
            "reference": dispute.reference,
            "masked": dispute.masked,
            "carrier_name": dispute.carrier.name,
            "headline": wording.headline(dispute),
            "due_label": wording.time_left(dispute) if dispute.is_owed else "",
            "get_absolute_url": dispute.get_absolute_url(),
        }
        for dispute in disputes
    ]
    return render(request, "disputes/list.html", {"disputes": entries})


def _keep_typed(account: Account, typed: QueryDict, registration_id: UUID) -> None:
    """As the draft about this number, if it is theirs; a reason that there is not is left out."""
    if not account.is_citizen or not Registration.objects.of(account.subjects()).filter(pk=registration_id).exists():
        return
    reason = typed.get("reason", "")
    drafts.save(
        account=account.pk,
        registration_id=registration_id,
        reason=reason if reason in Reason.values else "",
        statement=typed.get("statement", "")[: services.MAX_STATEMENT],
    )


@keeps_typed(_keep_typed)
@citizen_page
def file(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """What is wrong with this number? Keeps the answer as a draft and goes on to the review."""
    registration = _registration(request, registration_id)
    open_dispute = _open_dispute(registration)
    if open_dispute:
        return redirect(open_dispute)
    draft = drafts.load(account=account_of(request).pk, registration_id=registration_id)
    form = FilingForm(request.POST or None, initial=draft.content if draft else None)
    if request.method == "POST" and form.is_valid():
        drafts.save(account=account_of(request).pk, registration_id=registration_id, **form.cleaned_data)
        return redirect("disputes:review", registration_id)
    return render(request, "disputes/file.html", {"form": form, "card": card_of(registration)})


@citizen_page
@step_up
def review(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Everything once more, then file it."""
    registration = _registration(request, registration_id)
    open_dispute = _open_dispute(registration)
    if open_dispute:
        return redirect(open_dispute)
    draft = drafts.load(account=account_of(request).pk, registration_id=registration_id)
    if draft is None or not draft.content["reason"]:
        return redirect("disputes:file", registration_id)
    if request.method == "POST":
        return _file(request, registration, **draft.content)
    return render(request, "disputes/review.html", _review_context(registration, **draft.content))


def _file(request: HttpRequest, registration: Registration, reason: str, statement: str) -> HttpResponse:
    try:
        dispute = services.file(registration, account=account_of(request), reason=reason, statement=statement)
    except services.AlreadyOpen as known:
        if known.dispute is None:
            raise Http404 from None
        return redirect(known.dispute)
    messages.success(
        request, _("Your dispute is filed. Your reference is %(reference)s.") % {"reference": dispute.reference}
    )
    return redirect(dispute)


def _review_context(registration: Registration, reason: str, statement: str) -> dict[str, Any]:
    carrier = registration.carrier.answered_by
    limit = rules.current().time_limit(reason, registration.plan)
    minutes = round(services.undo_window().total_seconds() / 60)
    summary = [
        (_("Number"), _("%(number)s (they get all digits)") % {"number": registration.masked}),
        (_("Goes to"), carrier.name),
        (_("Reason"), str(dict(Reason.choices)[reason])),
        (_("In your words"), statement or _("You wrote nothing.")),
        (_("They must answer"), _("within %(days)d working days") % {"days": limit.answer_days}),
    ]
    undo = (
        _("We wait %(minutes)d minutes before we send it. Until then you can take it back.") % {"minutes": minutes}
        if minutes
        else _("You can take it back for a moment before we send it.")
    )
    return {
        "summary": summary,
        "carrier_name": carrier.name,
        "undo_text": undo,
        "back_url": reverse("disputes:file", args=[registration.pk]),
        "form": None,
    }


@citizen_page
@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One dispute, as a letter: what happened, what comes next, who must act, by when."""
    dispute = _dispute(request, reference)
    audit.record(
        [dispute.subject],
        action=Action.VIEWED_DISPUTE,
        actor_kind=ActorKind.CITIZEN,
        actor=account_of(request).pk,
        about=dispute.reference,
    )
    return render(request, "disputes/detail.html", _detail_context(dispute))


def _detail_context(dispute: Dispute) -> dict[str, Any]:
    return {
        "dispute": dispute,
        "headline": wording.headline(dispute),
        "clock": wording.clock(dispute),
        "timeline": wording.timeline(dispute),
        "told": wording.told(dispute),
        "answer": wording.answer(dispute),
        "undo_until": dispute.send_after,
    }


@citizen_page
@step_up
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take it back inside the undo window, or withdraw it later; asks once."""
    dispute = _dispute(request, reference)
    inside = dispute.can_cancel
    if request.method == "POST":
        return _act(request, dispute, services.cancel if inside else services.withdraw)
    if not inside and not dispute.can_withdraw:
        return redirect(dispute)
    text = (
        _("Nothing has been sent yet: the carrier will never hear of it.")
        if inside
        else _("The carrier stops its work, and the number stays under your ID. You can dispute it again later.")
    )
    return render(
        request,
        "disputes/confirm.html",
        {
            "heading": _("Take this dispute back?"),
            "text": text,
            "button": _("Yes, take it back"),
            "back_url": dispute.get_absolute_url(),
        },
    )


@citizen_page
@require_POST
def send_now(request: HttpRequest, reference: str) -> HttpResponse:
    return _act(request, _dispute(request, reference), services.send_now)


@citizen_page
@require_POST
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """Accept the answer."""
    return _act(request, _dispute(request, reference), services.accept)


@citizen_page
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the carrier's answer to the regulator."""
    dispute = _dispute(request, reference)
    if not dispute.can_appeal:
        return redirect(dispute)
    form = SayForm(request.POST or None, label=_("Why is the answer not right?"))
    if request.method == "POST" and form.is_valid():
        return _act(request, dispute, services.appeal, **form.cleaned_data)
    lead = _("An officer of the regulator reads your words and the whole history, and decides. You can do this once.")
    return _say(request, dispute, form, heading=_("Take it to the regulator"), lead=lead)


@citizen_page
def reply(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer the carrier's question."""
    dispute = _dispute(request, reference)
    if not dispute.can_reply:
        return redirect(dispute)
    form = SayForm(request.POST or None, label=_("Your answer"))
    if request.method == "POST" and form.is_valid():
        return _act(request, dispute, services.reply, **form.cleaned_data)
    question = dispute.steps.filter(why="asked").last()
    lead = (question.note or "") if question else ""
    heading = _("%(carrier)s asks") % {"carrier": dispute.carrier.name}
    return _say(request, dispute, form, heading=heading, lead=lead)


def _say(request: HttpRequest, dispute: Dispute, form: SayForm, *, heading: str, lead: str) -> HttpResponse:
    context = {"dispute": dispute, "form": form, "heading": heading, "lead": lead}
    return render(request, "disputes/say.html", context)


def _act(request: HttpRequest, dispute: Dispute, act: Any, **words: str) -> HttpResponse:
    """Do it, or say that the dispute has moved on; either way show where it stands."""
    try:
        act(dispute, account=account_of(request), **words)
    except MoveRefused:
        messages.warning(request, _("That was not possible any more: see below where your dispute stands."))
    return redirect(dispute)


def _registration(request: HttpRequest, registration_id: UUID) -> Registration:
    own = Registration.objects.of(account_of(request).subjects()).select_related("carrier__host")
    registration = own.filter(pk=registration_id).first()
    if registration is None:
        raise Http404
    return registration


def _open_dispute(registration: Registration) -> Dispute | None:
    return Dispute.objects.open().filter(registration_id=registration.pk).first()


def _dispute(request: HttpRequest, reference: str) -> Dispute:
    normal = references.normalise(reference)
    own = Dispute.objects.of(account_of(request).subjects()).select_related("carrier", "registered_with")
    dispute = own.filter(reference=normal).first() if normal else None
    if dispute is None:
        raise Http404
    return dispute
