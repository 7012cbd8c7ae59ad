"""Certificates: signed, found by their code alone, and of no use to whoever changes one."""

import base64
import json
import re
from collections.abc import Callable

import pytest
import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import ProgrammingError, transaction
from django.test import Client

from lookups.audit.models import AccessRecord
from lookups.carriers.models import Carrier
from lookups.disputes import certificate_pdf, certificates, services
from lookups.disputes.models import Certificate, Dispute
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from lookups.vault import keyring
from tests.cast import WEIS_ID, WEIS_NUMBER, make_registration
from tests.identity import pdf_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispute(wei: Account, weis_line: Registration, file: Callable[..., Dispute]) -> Dispute:
    return file(weis_line, wei)


@pytest.fixture
def paper(dispute: Dispute, wei: Account) -> certificates.Paper:
    return certificates.issue(dispute, account=wei)


def found(code: str) -> certificates.Paper | None:
    return certificates.find(code, source="192.0.2.1")


def download(client: Client, dispute: Dispute) -> bytes:
    answer = client.post(f"/disputes/{dispute.reference}/certificate/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="certificate-{dispute.reference}.pdf"'
    return answer.content


def test_the_paper_says_what_when_where_and_how_to_check_it(as_wei: Client, dispute: Dispute) -> None:
    pdf = download(as_wei, dispute)
    (page,) = pdf_text.pages(pdf)
    text = pdf_text.words(page)
    certificate = Certificate.objects.get()
    code = certificates.genuine(certificate).code
    for expected in (dispute.reference, "Northern Telecom", "This number was never mine", "+86 138", "4471", code):
        assert expected in text
    assert f"{settings.PORTAL_BASE_URL}/verify/" in text
    assert "It names nobody" in text


def test_neither_id_nor_number_nor_words_stand_in_the_file(as_wei: Client, dispute: Dispute) -> None:
    pdf = download(as_wei, dispute)
    everything = pdf + b"".join(pdf_text.streams(pdf))
    assert b"certificate, version 1" in everything, "the attachment was unpacked"
    for secret in (WEIS_ID, WEIS_NUMBER[3:], "Liuzhou"):
        assert secret.encode() not in everything


def test_the_picture_leads_to_the_page_with_the_code(paper: certificates.Paper, as_wei: Client) -> None:
    address = certificate_pdf.address(paper.stated["code"])
    assert address == f"{settings.PORTAL_BASE_URL}/verify/{paper.stated['code']}/"
    dark = sum(module for line in segno.make(address, error="m", micro=False).matrix for module in line)
    assert [pdf_text.squares(page) for page in pdf_text.pages(certificate_pdf.draw(paper))] == [dark]
    answer = Client().get(f"/verify/{paper.stated['code']}/")
    assert answer.status_code == 200
    assert "This certificate is genuine" in answer.content.decode()


def test_the_file_can_be_checked_without_us(as_wei: Client, dispute: Dispute) -> None:
    """With the attached statement and the public key that stands on the page, and nothing of ours."""
    attached = next(one for one in pdf_text.streams(download(as_wei, dispute)) if b'"signed"' in one)
    content = json.loads(attached)
    (key,) = re.findall(r"<code>([^<]{44})</code>", Client().get("/verify/").content.decode())
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
    public.verify(base64.b64decode(content["signature"]), content["signed"].encode())
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(content["signature"]), content["signed"].replace("never", "ever").encode())
    assert f'"reference":"{dispute.reference}"' in content["signed"]


def test_the_same_paper_again_while_nothing_has_changed(dispute: Dispute, wei: Account, ning: Account) -> None:
    first = certificates.issue(dispute, account=wei)
    assert certificates.issue(dispute, account=wei) == first
    Dispute.objects.update(state=State.HANDED_OVER)
    services.decide(dispute, outcome="CANNOT_DETERMINE", answer="We cannot say.", evidence={}, by=ning)
    later = certificates.issue(dispute, account=wei)
    assert later.code != first.code
    assert (first.stated["outcome"], later.stated["outcome"]) == ("", "CANNOT_DETERMINE")
    assert found(first.code) == first, "an older paper stays genuine"


def test_a_code_is_long_and_nothing_of_the_dispute(paper: certificates.Paper, dispute: Dispute) -> None:
    assert len(paper.stated["code"]) == 20
    assert dispute.reference.replace("-", "") not in paper.stated["code"]
    assert found(dispute.reference) is None
    assert found(str(dispute.pk)) is None
    assert paper.stated["code"] not in repr(Certificate.objects.values())


@pytest.mark.parametrize(
    "spell", [str.lower, str.swapcase, lambda code: code.replace("-", " "), lambda code: f" {code} "]
)
def test_a_code_is_found_however_it_is_typed(paper: certificates.Paper, spell: Callable[[str], str]) -> None:
    assert found(spell(paper.code)) == paper


@pytest.mark.parametrize(
    "spoil",
    [
        lambda code: code[:-1],
        lambda code: code[:-1] + ("0" if code[-1] != "0" else "1"),
        lambda code: code + "0",
        lambda code: code[::-1],
        lambda _code: "",
        lambda _code: "0" * 20,
        lambda _code: "\0",
    ],
)
def test_a_cut_or_changed_code_is_unknown(paper: certificates.Paper, spoil: Callable[[str], str]) -> None:
    assert found(spoil(paper.code)) is None


def test_a_forged_statement_is_no_certificate(paper: certificates.Paper) -> None:
    forged = json.loads(paper.row.statement) | {"outcome": "REMOVED"}
    rewrite(paper.row, statement=json.dumps(forged, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    assert found(paper.code) is None


def test_a_statement_signed_with_another_key_is_no_certificate(paper: certificates.Paper) -> None:
    statement = certificates.SIGNED_AS + paper.row.statement.encode()
    rewrite(paper.row, signature=Ed25519PrivateKey.generate().sign(statement))
    assert found(paper.code) is None


def test_a_signature_for_something_else_is_no_certificate(paper: certificates.Paper) -> None:
    rewrite(
        paper.row,
        signature=Ed25519PrivateKey.from_private_bytes(keyring.load().signing.private).sign(
            paper.row.statement.encode()
        ),
    )
    assert found(paper.code) is None


def test_another_disputes_certificate_under_this_code_is_none(
    paper: certificates.Paper, wei: Account, northern: Carrier, file: Callable[..., Dispute]
) -> None:
    other = certificates.issue(file(make_registration(wei, northern, "+8613812340009"), wei), account=wei)
    rewrite(paper.row, statement=other.row.statement, signature=bytes(other.row.signature))
    assert found(paper.code) is None
    assert found(other.code) == other


def test_a_certificate_moved_to_another_dispute_is_none(
    paper: certificates.Paper, wei: Account, northern: Carrier, file: Callable[..., Dispute]
) -> None:
    other = file(make_registration(wei, northern, "+8613812340009"), wei)
    rewrite(paper.row, dispute=other)
    assert found(paper.code) is None


def test_what_an_older_key_signed_stays_genuine(paper: certificates.Paper, dispute: Dispute, wei: Account) -> None:
    number = keyring.rotate_signing_key(settings.PORTAL_KEYRING)
    assert found(paper.code) == paper
    Dispute.objects.update(state=State.HANDED_OVER)
    assert certificates.issue(dispute, account=wei).row.key == number


def test_certificates_are_never_changed_by_the_portal(paper: certificates.Paper) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Certificate.objects.update(key=2)


def test_s14_somebody_elses_dispute_has_none(as_mei: Client, dispute: Dispute) -> None:
    assert as_mei.post(f"/disputes/{dispute.reference}/certificate/").status_code == 404
    assert not Certificate.objects.exists()
    assert not AccessRecord.objects.filter(action="certified").exists()


def test_s14_asking_for_somebody_elses_by_the_service_is_refused(dispute: Dispute, mei: Account) -> None:
    with pytest.raises(services.NotYours):
        certificates.issue(dispute, account=mei)
    assert not Certificate.objects.exists()


def test_making_one_is_written_down(paper: certificates.Paper, dispute: Dispute) -> None:
    assert AccessRecord.objects.filter(action="certified", about=dispute.reference).count() == 1


def test_a_carriers_name_that_the_font_cannot_write(dispute: Dispute, wei: Account, northern: Carrier) -> None:
    Carrier.objects.filter(pk=northern.pk).update(name="北方电信")
    paper = certificates.issue(Dispute.objects.get(), account=wei)
    assert "northern" in pdf_text.words(pdf_text.pages(certificate_pdf.draw(paper))[0])


def rewrite(row: Certificate, **columns: object) -> None:
    """What somebody could do who writes into the database and has the sealing keys, but not the signing key."""
    for name, value in columns.items():
        setattr(row, name, value)
    Certificate.objects.filter(pk=row.pk).delete()
    row.save(force_insert=True)
