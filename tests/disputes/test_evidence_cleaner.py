"""What the cleaner makes of files: what is seen stays, all else goes, and what it cannot make safe it refuses."""

import io
import zipfile
import zlib
from collections.abc import Callable

import pikepdf
import pytest
from PIL import Image

from lookups.disputes.evidence import cleaner, files
from lookups.disputes.evidence.cleaner import Refused, made_anew
from lookups.disputes.evidence.files import EvidenceRefused
from tests.disputes import evidence_files as sample
from tests.disputes.evidence_files import WHERE_TAKEN

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def archive(inside: bytes = b"0" * 1000) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.txt", inside)
    return out.getvalue()


@pytest.mark.parametrize("make", [sample.jpeg, sample.png, sample.heic])
def test_a_picture_is_still_to_be_seen(make: Callable[[], bytes]) -> None:
    kind, content = files.clean(make())
    assert kind == "jpeg"
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as seen:
        assert seen.size == (320, 200)
        assert seen.getpixel((60, 60))[2] > 90 > seen.getpixel((60, 60))[0], "the blue square"
        assert min(seen.getpixel((300, 180))) > 240, "the white paper"


@pytest.mark.parametrize("data", [sample.jpeg(), sample.jpeg() + archive(), sample.jpeg() + SVG])
def test_nothing_of_a_picture_is_left_but_what_is_seen(data: bytes) -> None:
    """S21"""
    assert WHERE_TAKEN.encode() in data
    kind, content = files.clean(data)
    assert kind == "jpeg"
    for gone in (WHERE_TAKEN.encode(), b"Exif", b"PK\x03\x04", b"<svg"):
        assert gone not in content
    with Image.open(io.BytesIO(content)) as seen:
        assert not seen.getexif()
        assert "comment" not in seen.info


def test_a_picture_that_lies_on_its_side_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(io.BytesIO(made_anew(sample.jpeg(exif=exif))[1])) as seen:
        assert seen.size == (200, 320)


def test_what_shows_through_becomes_white() -> None:
    with Image.open(io.BytesIO(made_anew(sample.png(sample.drawing(mode="RGBA")))[1])) as seen:
        assert min(seen.getpixel((300, 180))) > 240


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "I;16"])
def test_a_scan_of_every_depth_is_as_light_and_dark_as_it_was(mode: str) -> None:
    scan = sample.drawing().convert("L")
    scan = scan.convert("I").point(lambda grey: grey * 257).convert("I;16") if mode == "I;16" else scan.convert(mode)
    with Image.open(io.BytesIO(made_anew(sample.png(scan))[1])) as seen:
        dark, light = seen.convert("L").getpixel((60, 60)), seen.convert("L").getpixel((300, 180))
        assert dark < 40
        assert light > 240


def test_the_largest_picture_that_is_taken_fits_into_the_memory() -> None:
    width = int(cleaner.MAX_PIXELS**0.5)
    with Image.open(io.BytesIO(files.clean(sample.png(sample.drawing(width, width, "RGBA")))[1])) as seen:
        assert seen.size == (2600, 2600)


def test_a_large_picture_becomes_smaller_and_stays_legible() -> None:
    with Image.open(io.BytesIO(made_anew(sample.jpeg(sample.drawing(3000, 2250)))[1])) as seen:
        assert seen.size == (2600, 1950)


def test_a_document_keeps_its_pages() -> None:
    kind, content = files.clean(sample.pdf("Police report 42", pages=3))
    assert kind == "pdf"
    with pikepdf.open(io.BytesIO(content)) as made:
        assert len(made.pages) == 3
        assert b"Police report 42" in made.pages[2].Contents.read_bytes()
        assert str(made.pages[0].Resources.Font.F1.BaseFont) == "/Helvetica"


def test_what_acts_in_a_document_is_left_behind() -> None:
    """S21"""
    kind, content = files.clean(sample.hostile_pdf() + archive())
    assert kind == "pdf"
    with pikepdf.open(io.BytesIO(content)) as made:
        everything = b"".join(
            each.read_raw_bytes() + (b"" if "/DCTDecode" in str(each.get("/Filter")) else each.read_bytes())
            for each in made.objects
            if isinstance(each, pikepdf.Stream)
        )
        everything += b"".join(each.unparse() for each in made.objects) + made.trailer.unparse()
        assert not made.docinfo
        assert not made.attachments
        assert "/OpenAction" not in made.Root
        assert "/Im1" in made.pages[0].Resources.XObject
    for gone in (b"evil", b"JavaScript", b"/Launch", b"/Annots", WHERE_TAKEN.encode(), b"Exif"):
        assert gone not in everything, gone
        assert gone not in content, gone
    assert b"PK\x03\x04" not in content


def test_what_a_form_shows_is_drawn_on_the_page() -> None:
    made = sample.pdf_of("A form")
    look = made.make_stream(b"BT /F1 12 Tf 2 2 Td (filled in by hand) Tj ET", BBox=[0, 0, 100, 20])
    look.Type, look.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    field = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Widget,
        FT=pikepdf.Name.Tx,
        T=pikepdf.String("name"),
        V=pikepdf.String("filled in by hand"),
        Rect=[10, 10, 110, 30],
        F=4,
        AP=pikepdf.Dictionary(N=look),
    )
    field = made.make_indirect(field)
    made.pages[0].Annots = pikepdf.Array([field])
    made.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
    out = io.BytesIO()
    made.save(out)
    with pikepdf.open(io.BytesIO(made_anew(out.getvalue())[1])) as clean:
        drawn = [each.read_bytes() for each in clean.objects if isinstance(each, pikepdf.Stream)]
        assert any(b"filled in by hand" in each for each in drawn)
        assert "/AcroForm" not in clean.Root


def locked_pdf() -> bytes:
    return sample.pdf(encryption=pikepdf.Encryption(owner="o", user="u"))


def pdf_bomb() -> bytes:
    made = sample.pdf_of("bomb")
    packed = zlib.compress(b"\0" * (cleaner.MAX_UNPACKED + 1_000_000), 9)
    bomb = made.make_stream(b"")
    bomb.write(packed, filter=pikepdf.Name.FlateDecode)
    made.pages[0].Contents = bomb
    out = io.BytesIO()
    made.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    assert len(out.getvalue()) < 1_000_000
    return out.getvalue()


def png_bomb() -> bytes:
    """Nine hundred million pixels in a few kilobytes of promise."""
    data = bytearray(sample.png())
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "type"),
        (SVG, "type"),
        (b"\n" + SVG, "type"),
        (archive(), "type"),
        (archive(b"\0" * 50_000_000), "type"),
        (b"GIF89a" + b"\0" * 100, "type"),
        (b"<html><script>alert(1)</script>", "type"),
        (b"MZ\x90\0" + sample.pdf(), "type"),
        (archive() + sample.pdf(), "type"),
        (b"\0\0\0\x18ftypavif" + b"\0" * 100, "type"),
        (b"%PDF-1.7\n" + b"\xff" * 1000, "broken"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 1000, "broken"),
        (sample.png()[:200], "broken"),
        (sample.heic()[:300], "broken"),
        (png_bomb(), "pixels"),
        (locked_pdf(), "encrypted"),
        (pdf_bomb(), "unpacks"),
        (sample.pdf(pages=cleaner.MAX_PAGES + 1), "pages"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_what_cannot_be_made_safe_is_refused(data: bytes, reason: str) -> None:
    """S21"""
    with pytest.raises(Refused, match=f"^{reason}$"):
        made_anew(data)
    with pytest.raises(EvidenceRefused) as refusal:
        files.clean(data)
    assert str(refusal.value) == str(files._REFUSALS[reason])


def test_a_decoder_that_wants_all_the_memory_ends_alone(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    greedy = tmp_path / "greedy.py"
    greedy.write_text(
        f"import sys; sys.path.insert(0, {str(files.CLEANER.parent)!r}); import cleaner; cleaner.bound()\n"
        "held = bytearray(8 << 30)"
    )
    monkeypatch.setattr(files, "CLEANER", greedy)
    with pytest.raises(EvidenceRefused, match="could not read"):
        files.clean(sample.png())


def test_a_decoder_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text("import threading; threading.Event().wait()")
    monkeypatch.setattr(files, "CLEANER", endless)
    monkeypatch.setattr(files, "SECONDS", 0.5)
    with pytest.raises(EvidenceRefused, match="takes too long"):
        files.clean(sample.png())


def test_the_cleaner_can_write_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    writing = tmp_path / "writing.py"
    writing.write_text(
        f"import sys; sys.path.insert(0, {str(files.CLEANER.parent)!r}); import cleaner; cleaner.bound()\n"
        f"open({str(tmp_path / 'kept')!r}, 'wb', buffering=0).write(sys.stdin.buffer.read())"
    )
    monkeypatch.setattr(files, "CLEANER", writing)
    with pytest.raises(EvidenceRefused):
        files.clean(sample.png())
    assert not (tmp_path / "kept").exists() or (tmp_path / "kept").read_bytes() == b""
