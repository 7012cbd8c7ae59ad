"""How a certificate looks: one A4 page that says what was disputed, and how anybody can check it.

The statement that was signed lies in the file as an attachment, to the byte, beside the signature: with one of our
public keys (they stand on the page where codes are typed) the paper can be checked without asking us.
"""

import base64
import json

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from lookups.disputes import certificate_wording, certificates
from lookups.disputes.certificates import Paper as Certificate
from lookups.notices.paper import INK, MARGIN, SOFT, WIDTH, BadFont, Paper

QR_SIDE = 44.0
LABELS = 38.0
TOP = 22.0
LINE = (214, 219, 231)
ATTACHMENT = "certificate.json"


def draw(certificate: Certificate) -> bytes:
    """The PDF."""
    paper = _paper()
    pdf = paper.pdf
    pdf.add_page()
    pdf.c_margin = 0
    pdf.set_creation_date(certificate.row.issued_at)
    _head(paper)
    y = _facts(paper, certificate, y=pdf.get_y() + 6)
    y = _check(paper, certificate, y=y + 7)
    _limits(paper, y=y + 8)
    _foot(paper, certificate)
    pdf.embed_file(bytes=_attachment(certificate), basename=ATTACHMENT, desc="The signed statement", compress=True)
    return paper.output()


def address(code: str = "") -> str:
    """Where a code is typed; with ``code``, where it leads at once."""
    name = "disputes:verify_code" if code else "disputes:verify"
    return settings.PORTAL_BASE_URL + reverse(name, args=[code] if code else [])


def _paper() -> Paper:
    """In the deployment's font, where it has one: carriers have names in every script."""
    title = _("Certificate of a dispute")
    try:
        return Paper(title=title, font=settings.PDF_FONT)
    except BadFont:
        return Paper(title=title)


def _head(paper: Paper) -> None:
    words = [
        _("Numbers in my name"),
        _("Certificate of a dispute"),
        _(
            "The person under whose ID this phone number "
            "is registered has disputed that registration on this portal, after proving who they are with two factors."
        ),
    ]
    brand, title, lead = map(paper.plain, words)
    paper.text(brand, size=10, at=(MARGIN, TOP), width=WIDTH, colour=SOFT)
    paper.text(title, size=22, bold=True, at=(MARGIN, TOP + 7), width=WIDTH)
    paper.text(lead, size=11, at=(MARGIN, TOP + 20), width=WIDTH)


def _facts(paper: Paper, certificate: Certificate, *, y: float) -> float:
    pairs = certificate_wording.on_the_paper(certificate)
    for label, words in pairs:
        paper.pdf.set_draw_color(*LINE)
        paper.pdf.set_line_width(0.2)
        paper.pdf.line(MARGIN, y, MARGIN + WIDTH, y)
        paper.text(paper.plain(label), size=10, at=(MARGIN, y + 2.6), width=LABELS, colour=SOFT)
        large = words in (certificate.stated["reference"], certificate.stated["number"])
        paper.text(
            _writable(paper, words, certificate),
            size=14 if large else 11,
            bold=large,
            at=(MARGIN + LABELS, y + (1.6 if large else 2.3)),
            width=WIDTH - LABELS,
        )
        y = paper.pdf.get_y() + 2.4
    paper.pdf.line(MARGIN, y, MARGIN + WIDTH, y)
    return y


def _writable(paper: Paper, words: str, certificate: Certificate) -> str:
    """The words; a carrier's name that the font cannot write becomes its code, which always can be."""
    plain = paper.plain(words)
    if paper.can_write(plain):
        return plain
    dispute = certificate.row.dispute
    return next(
        (one.code for one in (dispute.registered_with, dispute.carrier) if one.name == words),
        plain.encode("ascii", "replace").decode(),
    )


def _check(paper: Paper, certificate: Certificate, *, y: float) -> float:
    pdf = paper.pdf
    height = QR_SIDE + 10
    pdf.set_draw_color(*INK)
    pdf.set_line_width(0.5)
    pdf.rect(MARGIN, y, WIDTH, height, round_corners=True, corner_radius=2)
    paper.qr(address(certificate.stated["code"]), x=MARGIN + WIDTH - QR_SIDE - 5, y=y + 5, side=QR_SIDE)
    width = WIDTH - QR_SIDE - 18
    title, how, compare = map(
        paper.plain,
        [
            _("Is this certificate genuine?"),
            _("Scan the picture, or open %(address)s and type this code:") % {"address": address()},
            _("Reference, carrier and time of filing must be the same there. It also tells how things stand today."),
        ],
    )
    paper.text(title, size=13, bold=True, at=(MARGIN + 6, y + 6), width=width)
    paper.text(how, size=10, at=(MARGIN + 6, pdf.get_y() + 1.5), width=width)
    paper.code(certificate.code, size=12.5, at=(MARGIN + 6, pdf.get_y() + 3), width=width, align="L")
    paper.text(compare, size=10, at=(MARGIN + 6, pdf.get_y() + 3), width=width)
    return y + height


def _limits(paper: Paper, *, y: float) -> None:
    title, words = map(
        paper.plain,
        [
            _("What it says, and what not"),
            _(
                "It says that this dispute was filed at this time, and what came of it so far; not that the claim is "
                "true. It names nobody: on the page, type the ID or the full phone number of the person before you, "
                "and it says whether this certificate is theirs. If the address of the page differs from the one "
                "above, do not trust it."
            ),
        ],
    )
    paper.text(title, size=12, bold=True, at=(MARGIN, y), width=WIDTH)
    paper.text(words, size=10.5, at=(MARGIN, paper.pdf.get_y() + 1.5), width=WIDTH)


def _foot(paper: Paper, certificate: Certificate) -> None:
    made, signed = map(
        paper.plain,
        [
            _("Made %(moment)s.") % {"moment": certificate_wording.made(certificate)},
            _("Signed with our key %(number)d (Ed25519); the signed statement is attached to this file:")
            % {"number": certificate.row.key},
        ],
    )
    paper.text(f"{made} {signed}", size=8, at=(MARGIN, 268), width=WIDTH, colour=SOFT)
    paper.text(_signature(certificate), size=7, at=(MARGIN, paper.pdf.get_y() + 0.8), width=WIDTH, colour=SOFT)


def _attachment(certificate: Certificate) -> bytes:
    """``signed`` is exactly what the key has signed, as text in UTF-8."""
    content = {
        "signed": certificates.SIGNED_AS.decode() + certificate.row.statement,
        "algorithm": "Ed25519",
        "key": certificate.row.key,
        "signature": _signature(certificate),
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _signature(certificate: Certificate) -> str:
    return base64.b64encode(bytes(certificate.row.signature)).decode()
