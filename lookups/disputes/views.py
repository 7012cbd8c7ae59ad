"""The citizen's pages about disputes. Somebody else's dispute or number is a 404, as is one that does not exist."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookups.audit import services as audit
from lookups.audit.models import Action, ActorKind
from lookups.disputes import family, references, services, timeline, wording
from lookups.disputes.forms import SayForm
from lookups.disputes.models import Dispute
from lookups.disputes.moves import MoveRefused
from lookups.identity.decorators import citizen_page, step_up
from lookups.identity.sessions import account_of


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


@citizen_page
@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One dispute, as a letter: what happened, what comes next, who must act, by when."""
    dispute = dispute_of(request, reference)
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
        "timeline": timeline.of(dispute),
        "told": wording.told(dispute),
        "files": dispute.attachments.select_related("evidence").defer("evidence__content"),
        "answer": wording.answer(dispute),
        "undo_until": dispute.send_after,
    }


@citizen_page
@step_up
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take it back inside the undo window, or withdraw it later; asks once."""
    dispute = dispute_of(request, reference)
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
@step_up
def go_on(request: HttpRequest, reference: str) -> HttpResponse:
    """Nobody in the family uses it: the dispute begins; asks once."""
    dispute = dispute_of(request, reference)
    if request.method == "POST":
        return _act(request, dispute, family.go_on)
    if not dispute.asks_family:
        return redirect(dispute)
    context = {
        "heading": _("Dispute this number now?"),
        "text": _("We take it to %(carrier)s, and their time begins.") % {"carrier": dispute.carrier.name},
        "button": _("Yes, dispute it"),
        "back_url": dispute.get_absolute_url(),
    }
    return render(request, "disputes/confirm.html", context)


@citizen_page
@require_POST
def send_now(request: HttpRequest, reference: str) -> HttpResponse:
    return _act(request, dispute_of(request, reference), services.send_now)


@citizen_page
@require_POST
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """Accept the answer."""
    return _act(request, dispute_of(request, reference), services.accept)


@citizen_page
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the carrier's answer to the regulator."""
    dispute = dispute_of(request, reference)
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
    dispute = dispute_of(request, reference)
    if not dispute.can_reply:
        return redirect(dispute)
    form = SayForm(request.POST or None, label=_("Your answer"))
    if request.method == "POST" and form.is_valid():
        return _act(request, dispute, services.reply, **form.cleaned_data)
    question = dispute.steps.filter(why="asked").last()
    lead = (question.note or "") if question else ""
    heading = _("%(carrier)s asks") % {"carrier": dispute.carrier.name}
    return _say(request, dispute, form, heading=heading, lead=lead)


@citizen_page
def say_more(request: HttpRequest, reference: str) -> HttpResponse:
    """More words for whoever decides."""
    dispute = dispute_of(request, reference)
    if not dispute.can_add_evidence:
        return redirect(dispute)
    form = SayForm(request.POST or None, label=_("What do you want to add?"))
    if request.method == "POST" and form.is_valid():
        return _act(request, dispute, services.say_more, **form.cleaned_data)
    lead = _("Whoever decides reads it word for word. Leave out ID numbers and bank details.")
    return _say(request, dispute, form, heading=_("Write more about it"), lead=lead)


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


def dispute_of(request: HttpRequest, reference: str) -> Dispute:
    """The person's own dispute with this reference, in whatever way it was written; any other is a 404."""
    normal = references.normalise(reference)
    own = Dispute.objects.of(account_of(request).subjects()).select_related("carrier", "registered_with")
    dispute = own.filter(reference=normal).first() if normal else None
    if dispute is None:
        raise Http404
    return dispute
