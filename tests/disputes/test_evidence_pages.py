"""Adding files while filing, and getting them back: counted, sealed, one's own, and only as a download (S21)."""

import io
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from lookups.audit.models import AccessRecord
from lookups.disputes import drafts
from lookups.disputes.models import Dispute, Draft, Evidence
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.disputes.evidence_files import WHERE_TAKEN, drawing, hostile_pdf, jpeg, pdf, png
from tests.disputes.filing_pages import answer, fill_in, page_of, send, version_of
from tests.overview.pages import words

pytestmark = pytest.mark.django_db
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def upload(client: Client, line: Registration, content: bytes, name: str = "police report.jpg") -> Any:
    return client.post(page_of(line, "evidence"), {"file": SimpleUploadedFile(name, content, "image/jpeg")})


def test_a_file_is_added_sealed_and_goes_with_the_dispute(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line)
    assert upload(as_wei, weis_line, jpeg()).url == page_of(weis_line, "evidence")
    assert "police report.jpg" in words(as_wei.get(page_of(weis_line, "evidence")))
    assert "1 file" in words(as_wei.get(page_of(weis_line, "review")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT content, name FROM disputes_evidence")
        (stored,) = cursor.fetchall()
    assert not any(clear in bytes(column) for column in stored for clear in (b"JFIF", b"police", b"Exif"))
    send(as_wei, weis_line)
    dispute = Dispute.objects.get()
    evidence = dispute.attachments.get().evidence
    assert (evidence.kind, evidence.draft) == ("jpeg", None)
    assert "police report.jpg" in words(as_wei.get(dispute.get_absolute_url()))


def test_it_comes_back_as_a_download_and_that_is_written_down(as_wei: Client, weis_line: Registration) -> None:
    """S18, S21"""
    fill_in(as_wei, weis_line)
    upload(as_wei, weis_line, jpeg())
    send(as_wei, weis_line)
    dispute, evidence = Dispute.objects.get(), Evidence.objects.get()
    response = as_wei.get(f"/disputes/{dispute.reference}/evidence/{evidence.pk}/")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{dispute.reference}-1.jpg"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Cache-Control"] == "no-store"
    assert WHERE_TAKEN.encode() not in response.content
    with Image.open(io.BytesIO(response.content)) as seen:
        assert seen.size == (320, 200)
    assert AccessRecord.objects.get(action="opened_evidence").about == dispute.reference


def test_its_kind_is_found_in_it_and_not_in_its_name(as_wei: Client, weis_line: Registration) -> None:
    """S21"""
    fill_in(as_wei, weis_line)
    upload(as_wei, weis_line, hostile_pdf(), "holiday.png")
    assert Evidence.objects.get().kind == "pdf"
    refused = upload(as_wei, weis_line, SVG, "report.pdf")
    assert "This file is something else, whatever its name says." in words(refused)
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize("content", [b"", SVG, b"%PDF-1.4 no", jpeg()[:300]])
def test_what_is_refused_leaves_nothing(as_wei: Client, weis_line: Registration, content: bytes) -> None:
    fill_in(as_wei, weis_line)
    response = upload(as_wei, weis_line, content)
    assert response.status_code == 200
    assert "There is a problem" in words(response)
    assert not Evidence.objects.exists()
    assert as_wei.get(page_of(weis_line, "review")).status_code == 200


def test_a_hundred_megabytes_are_refused_with_a_clear_sentence(as_wei: Client, weis_line: Registration) -> None:
    """S21"""
    fill_in(as_wei, weis_line)
    response = upload(as_wei, weis_line, jpeg() + b"\0" * 100_000_000)
    assert "This file is too large: up to 10 MB are fine." in words(response)
    assert not Evidence.objects.exists()


def test_just_within_the_limit_is_taken(as_wei: Client, weis_line: Registration, settings: Settings) -> None:
    content = jpeg()
    fill_in(as_wei, weis_line)
    settings.EVIDENCE_MAX_BYTES = len(content) - 1
    assert "too large" in words(upload(as_wei, weis_line, content))
    settings.EVIDENCE_MAX_BYTES = len(content)
    assert upload(as_wei, weis_line, content).status_code == 302
    assert Evidence.objects.count() == 1


def test_no_file_at_all_is_asked_for(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line)
    assert "Choose a file first" in words(as_wei.post(page_of(weis_line, "evidence"), {}))


def test_no_more_than_five(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line)
    for n in range(configured.EVIDENCE_MAX_FILES):
        assert upload(as_wei, weis_line, png(drawing(100 + 10 * n))).status_code == 302
    assert "There is room for 5 files" in words(upload(as_wei, weis_line, png(drawing(90))))
    assert Evidence.objects.count() == configured.EVIDENCE_MAX_FILES


def test_the_same_file_twice_is_one(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line)
    for content in (jpeg(), jpeg(), pdf(), pdf()):
        assert upload(as_wei, weis_line, content).status_code == 302
    assert sorted(Evidence.objects.values_list("kind", flat=True)) == ["jpeg", "pdf"]


def test_a_file_can_be_removed(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line)
    upload(as_wei, weis_line, jpeg())
    version = version_of(as_wei, weis_line)
    assert as_wei.post(page_of(weis_line, "evidence"), {"remove": str(Evidence.objects.get().pk)}).status_code == 302
    assert not Evidence.objects.exists()
    as_wei.post(page_of(weis_line, "review"), {"version": version})
    assert not Dispute.objects.exists(), "what was read is not what would be sent"


@pytest.mark.parametrize("chosen", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_nothing_else_is_removed(as_wei: Client, weis_line: Registration, chosen: str) -> None:
    fill_in(as_wei, weis_line)
    upload(as_wei, weis_line, jpeg())
    assert as_wei.post(page_of(weis_line, "evidence"), {"remove": chosen}).status_code in {302, 404}
    assert Evidence.objects.count() == 1


def test_files_end_with_their_draft(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line)
    upload(as_wei, weis_line, jpeg())
    assert drafts.forget_old() == 0
    with time_machine.travel(timezone.now() + drafts.LIFETIME, tick=False):
        assert drafts.forget_old() == 1
    assert not Evidence.objects.exists()
    assert not Draft.objects.exists()


def test_files_that_were_filed_outlive_all_drafts(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line)
    upload(as_wei, weis_line, jpeg())
    send(as_wei, weis_line)
    with time_machine.travel(timezone.now() + 2 * drafts.LIFETIME, tick=False):
        drafts.forget_old()
    assert Dispute.objects.get().attachments.count() == 1


def test_before_a_reason_there_is_nothing_to_add_to(as_wei: Client, weis_line: Registration) -> None:
    assert upload(as_wei, weis_line, jpeg()).url == page_of(weis_line)
    assert not Evidence.objects.exists()


def test_s14_somebody_elses_files_are_a_404(
    as_wei: Client, as_mei: Client, wei: Account, weis_line: Registration
) -> None:
    fill_in(as_wei, weis_line)
    upload(as_wei, weis_line, jpeg())
    evidence = Evidence.objects.get()
    assert upload(as_mei, weis_line, jpeg()).status_code == 404
    assert as_mei.post(page_of(weis_line, "evidence"), {"remove": str(evidence.pk)}).status_code == 404
    send(as_wei, weis_line)
    assert as_mei.get(f"/disputes/{Dispute.objects.get().reference}/evidence/{evidence.pk}/").status_code == 404
    assert not AccessRecord.objects.filter(action="opened_evidence").exists()
    assert Evidence.objects.count() == 1


def test_a_form_without_its_token_brings_nothing(as_wei: Client, wei: Account, weis_line: Registration) -> None:
    answer(as_wei, weis_line, reason="cancel")
    as_wei.handler.enforce_csrf_checks = True
    assert upload(as_wei, weis_line, jpeg()).status_code == 403
    assert not Evidence.objects.exists()
