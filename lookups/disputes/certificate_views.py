"""Making a certificate, and the public page where anybody checks one.

A code may stand in an address (the picture on the paper leads there): it says nothing of anybody. What identifies a
person is typed into a form and sent by POST.
"""

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lookups.disputes import certificate_pdf, certificate_wording, certificates, references
from lookups.disputes.certificate_forms import CodeForm, CompareForm
from lookups.disputes.certificates import Paper
from lookups.disputes.models import Dispute
from lookups.identity.decorators import citizen_page, public
from lookups.identity.sessions import account_of
from lookups.identity.throttling import TooManyTries, source_of
from lookups.identity.views import posted, too_many
from lookups.vault import signing


@citizen_page
@require_POST
def certificate(request: HttpRequest, reference: str) -> HttpResponse:
    """The certificate of one's dispute as it stands now, as a file. Somebody else's dispute is a 404."""
    own = Dispute.objects.of(account_of(request).subjects())
    dispute = own.filter(reference=references.normalise(reference) or "").first()
    if dispute is None:
        raise Http404
    paper = certificates.issue(dispute, account=account_of(request))
    name = f"certificate-{dispute.reference}.pdf"
    return HttpResponse(
        certificate_pdf.draw(paper),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@public
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """A code, and then what is compared with its certificate."""
    if "kind" in request.POST:
        return _compare(request)
    form = CodeForm(posted(request))
    if request.method != "POST" or not form.is_valid():
        return _ask(request, form)
    return _look(request, form)


@public
@require_safe
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """Where the picture on a certificate leads."""
    typed = QueryDict(mutable=True)
    typed["code"] = code
    form = CodeForm(typed)
    return _look(request, form) if form.is_valid() else _ask(request, form)


def _look(request: HttpRequest, form: CodeForm) -> HttpResponse:
    try:
        paper = certificates.find(form.cleaned_data["code"], source=source_of(request))
    except TooManyTries:
        return _ask(request, form, status=too_many(form))
    if paper is None:
        return _unknown(request, form)
    return _show(request, paper, CompareForm(code=paper.code))


def _compare(request: HttpRequest) -> HttpResponse:
    """Match or no match; the certificate is found anew, by the code that came along."""
    form = CompareForm(request.POST)
    valid = form.is_valid()
    code = CodeForm(request.POST)
    if not code.is_valid():
        return _ask(request, code)
    try:
        paper = certificates.find(code.cleaned_data["code"], source=source_of(request))
    except TooManyTries:
        return _ask(request, code, status=too_many(code))
    if paper is None:
        return _unknown(request, code)
    if not valid:
        return _show(request, paper, form)
    try:
        same = certificates.is_about(paper.row.dispute, subject=form.subject, number=form.phone)
    except TooManyTries:
        form.add_error(None, form.too_often)
        return _show(request, paper, form, status=429)
    return _show(request, paper, CompareForm(code=paper.code), same=same)


def _unknown(request: HttpRequest, form: CodeForm) -> HttpResponse:
    """Whatever is wrong with a code, this is the answer."""
    form.add_error(None, form.unknown)
    return _ask(request, form, status=404)


def _ask(request: HttpRequest, form: CodeForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "keys": signing.public_keys(), "address": certificate_pdf.address()}
    return render(request, "disputes/verify.html", context, status=status)


def _show(
    request: HttpRequest, paper: Paper, form: CompareForm, *, same: bool | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "pairs": certificate_wording.on_the_page(paper),
        "form": form,
        "compared": same is not None,
        "same": same,
    }
    return render(request, "disputes/verified.html", context, status=status)
