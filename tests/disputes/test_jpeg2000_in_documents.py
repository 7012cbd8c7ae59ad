"""A JPEG 2000 picture inside a PDF says nothing but what is seen: no boxes of XML, no comments in its code."""

import io

import pikepdf
import pytest
from PIL import Image

from lookups.disputes.evidence import cleaner
from tests.disputes.evidence_files import drawing, pdf_of

SECRETS = (b"taken in Liuzhou", b"<gps>24.3, 109.4</gps>", b"camera 4711")


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def jpeg2000() -> bytes:
    """With a comment in its code, and boxes that tell of its origin behind it."""
    out = io.BytesIO()
    drawing().convert("RGB").save(out, "JPEG2000", comment=SECRETS[0])
    return out.getvalue() + box(b"xml ", SECRETS[1]) + box(b"uuid", bytes(16) + SECRETS[2])


def code_alone() -> bytes:
    whole = jpeg2000()
    at = whole.index(b"jp2c") - 4
    return whole[at + 8 : at + int.from_bytes(whole[at : at + 4], "big") or len(whole)]


def document(picture: bytes) -> bytes:
    made = pdf_of("A scan")
    stream = made.make_stream(picture)
    for key, value in {
        "/Type": pikepdf.Name.XObject,
        "/Subtype": pikepdf.Name.Image,
        "/Width": drawing().width,
        "/Height": drawing().height,
        "/Filter": pikepdf.Name.JPXDecode,
    }.items():
        stream[key] = value
    made.pages[0].Resources.XObject = pikepdf.Dictionary(Im0=stream)
    made.pages[0].Contents = made.make_stream(b"q 300 0 0 200 20 20 cm /Im0 Do Q")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def picture_in(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as made:
        return bytes(made.pages[0].Resources.XObject.Im0.read_raw_bytes())


@pytest.mark.parametrize("make", [jpeg2000, code_alone], ids=["with boxes", "its code alone"])
def test_what_stands_beside_it_is_gone_and_it_looks_the_same(make) -> None:
    before = make()
    assert SECRETS[0] in before, "the picture says it to begin with"
    kind, cleaned = cleaner.made_anew(document(before))
    after = picture_in(cleaned)
    assert kind == "pdf"
    for secret in SECRETS:
        assert secret not in cleaned
        assert secret not in after
    with Image.open(io.BytesIO(before)) as one, Image.open(io.BytesIO(after)) as other:
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    "broken",
    [
        b"\x00\x00\x00\x01jp2c" + bytes(20),
        box(b"jP  ", b"\r\n\x87\n") + b"\x7f\xff\xff\xffjp2c",
        b"\xff\x4f\xff\x51\x00\x00",
    ],
    ids=["a box of many gigabytes", "a box longer than the file", "code without a tile"],
)
def test_what_cannot_be_walked_through_is_refused(broken: bytes) -> None:
    with pytest.raises(cleaner.Refused):
        cleaner.made_anew(document(broken))
