"""The canary's certificate: its owner downloads it, and a stranger compares it with the ID and the number."""

from lookups.disputes import certificate_pdf, certificates
from lookups.disputes.models import Certificate
from tests.identity import pdf_text
from tests.whole import canary
from tests.whole.browser import Browser
from tests.whole.canary import ID_NUMBER, NUMBER


def download_and_check(person: Browser, stranger: Browser, reference: str) -> list[str]:
    """Nothing of theirs stands on the paper. Returns its code, which is a secret of theirs from now on."""
    assert person.post(f"/disputes/{reference}/certificate/").status == 200
    paper = certificates.genuine(Certificate.objects.get())
    assert paper is not None
    drawn = b"".join(pdf_text.streams(certificate_pdf.draw(paper)))
    assert paper.code.encode() in drawn
    assert canary.for_the_person().find({"the certificate": drawn}) == []
    for kind, number, expected in (
        ("CN-RIC", ID_NUMBER, "Match."),
        ("phone", NUMBER, "Match."),
        ("phone", NUMBER[:-4] + "0000", "No match."),
        ("CN-RIC", NUMBER, "There is a problem"),
    ):
        stranger.get("/verify/")
        assert expected in stranger.post("/verify/", code=paper.code, kind=kind, number=number).text
    for wrong in (ID_NUMBER, NUMBER):
        assert stranger.post("/verify/", code=wrong).status == 404
        assert stranger.get(f"/verify/{wrong.removeprefix('+')}/").status == 404
    assert stranger.get(f"/verify/{paper.code}/").status == 200
    return [paper.code, paper.stated["code"]]
