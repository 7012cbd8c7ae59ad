"""A citizen's files: adding them while filing, and getting them back. Nobody else's are ever found."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_safe

from lookups.audit import services as audit
from lookups.audit.models import Action, ActorKind
from lookups.disputes import filing
from lookups.disputes.evidence import files, uploads
from lookups.disputes.filing import Filing
from lookups.disputes.filing_views import begun, page_context
from lookups.disputes.forms import EvidenceForm
from lookups.disputes.moves import MoveRefused
from lookups.disputes.views import dispute_of
from lookups.identity.decorators import citizen_page
from lookups.identity.sessions import account_of


@csrf_exempt  # judged below, once the upload has its handler
@citizen_page
def evidence(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Files that show what is claimed: add one, remove one, or go on."""
    request.upload_handlers = [uploads.MemoryHandler(request)]
    return csrf_protect(_evidence)(request, registration_id)


def _evidence(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    draft = begun(request, registration_id)
    if isinstance(draft, HttpResponse):
        return draft
    if draft.draft is None or not draft.reason:
        return redirect(draft.address(filing.REASON))
    if request.method == "POST" and "remove" in request.POST:
        return _remove(request, draft)
    form = EvidenceForm(request.POST, request.FILES) if request.method == "POST" else EvidenceForm()
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            files.add(draft.keep().draft or draft.draft, name=upload.name, data=upload.content)
        except files.EvidenceRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect(request.get_full_path())
    context = page_context(request, draft, filing.EVIDENCE)
    ahead = draft.missing or filing.REVIEW if context["changing"] else draft.after(filing.EVIDENCE)
    own = {"form": form, "files": draft.draft.evidence.listed(), "next_url": draft.address(ahead)}
    return render(request, "disputes/evidence.html", context | own)


def _remove(request: HttpRequest, draft: Filing) -> HttpResponse:
    try:
        chosen = UUID(request.POST["remove"])
    except ValueError:
        raise Http404 from None
    kept = draft.keep().draft
    if kept is not None:
        kept.evidence.filter(pk=chosen).delete()
    return redirect(request.get_full_path())


@csrf_exempt  # judged below, once the upload has its handler
@citizen_page
def more_evidence(request: HttpRequest, reference: str) -> HttpResponse:
    """One more file for a dispute that is open."""
    request.upload_handlers = [uploads.MemoryHandler(request)]
    return csrf_protect(_more_evidence)(request, reference)


def _more_evidence(request: HttpRequest, reference: str) -> HttpResponse:
    dispute = dispute_of(request, reference)
    if not dispute.can_add_evidence:
        return redirect(dispute)
    form = EvidenceForm(request.POST, request.FILES) if request.method == "POST" else EvidenceForm()
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            files.add_to(dispute, account=account_of(request), name=upload.name, data=upload.content)
        except files.EvidenceRefused as refusal:
            form.add_error("file", str(refusal))
        except MoveRefused:
            messages.warning(request, _("That was not possible any more: see below where your dispute stands."))
            return redirect(dispute)
        else:
            messages.success(request, _("Your file is added. Whoever decides can open it."))
            return redirect(dispute)
    return render(request, "disputes/more_evidence.html", {"dispute": dispute, "form": form})


@citizen_page
@require_safe
def evidence_file(request: HttpRequest, reference: str, evidence_id: UUID) -> HttpResponse:
    """One of the person's own files, as we keep it."""
    dispute = dispute_of(request, reference)
    attachment = dispute.attachments.select_related("evidence").filter(evidence=evidence_id).first()
    if attachment is None:
        raise Http404
    audit.record(
        [dispute.subject],
        action=Action.OPENED_EVIDENCE,
        actor_kind=ActorKind.CITIZEN,
        actor=account_of(request).pk,
        about=dispute.reference,
    )
    return files.download(attachment, dispute.reference)
