"""Files that people might send, made on the spot: good ones, and ones that are not what they say."""

import io
import uuid
from typing import Any

import pikepdf
from django.utils import timezone
from PIL import Image, ImageDraw
from pillow_heif import from_pillow

from lookups.disputes.models import Attachment, Dispute, Evidence

WHERE_TAKEN = "22.5431 N, 114.0579 E, by Wei"


def drawing(width: int = 320, height: int = 200, mode: str = "RGB") -> Image.Image:
    """A picture with something on it."""
    image = Image.new(mode, (width, height), "white" if mode == "RGB" else (255, 255, 255, 0))
    ImageDraw.Draw(image).rectangle((20, 20, width // 2, height // 2), fill="navy")
    return image


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    """With the place where it was taken in its EXIF, and a comment."""
    exif = Image.Exif()
    exif[0x010E] = WHERE_TAKEN
    exif.get_ifd(0x8825)[1] = "N"
    return _saved(image or drawing(), "JPEG", **{"exif": exif, "comment": WHERE_TAKEN.encode(), **options})


def png(image: Image.Image | None = None) -> bytes:
    return _saved(image or drawing(), "PNG", compress_level=1)


def heic() -> bytes:
    out = io.BytesIO()
    from_pillow(drawing()).save(out)
    return out.getvalue()


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def pdf(words: str = "Police report", *, pages: int = 1, **save: Any) -> bytes:
    """A small document; its words stand in it as they are."""
    made = pdf_of(words, pages=pages)
    out = io.BytesIO()
    made.save(out, **{"compress_streams": False, **save})
    return out.getvalue()


def pdf_of(words: str, *, pages: int = 1) -> pikepdf.Pdf:
    made = pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    for _ in range(pages):
        page = made.add_blank_page(page_size=(400, 300))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = made.make_stream(f"BT /F1 18 Tf 40 200 Td ({words}) Tj ET".encode())
    return made


def hostile_pdf() -> bytes:
    """With a script that runs when it is opened, a file inside, a link that acts, a hidden field, and metadata."""
    made = pdf_of("Police report")
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert('evil-script')"))
    made.Root.OpenAction = made.make_indirect(script)
    made.Root.AA = pikepdf.Dictionary(WC=script)
    made.attachments["evil.exe"] = b"MZ evil-attachment"
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Link,
        Rect=[0, 0, 50, 50],
        A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("evil-launch")),
    )
    page = made.pages[0]
    page.Annots = made.make_indirect(pikepdf.Array([made.make_indirect(link)]))
    page.AA = pikepdf.Dictionary(O=script)
    page.Metadata = made.make_stream(WHERE_TAKEN.encode())
    made.docinfo["/Author"] = WHERE_TAKEN
    photo = made.make_stream(jpeg(), Width=320, Height=200, BitsPerComponent=8, ColorSpace=pikepdf.Name.DeviceRGB)
    photo.Type, photo.Subtype, photo.Filter = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.DCTDecode
    page.Resources.XObject = pikepdf.Dictionary(Im1=photo)
    out = io.BytesIO()
    made.save(out, compress_streams=False)
    return out.getvalue()


def attach(dispute: Dispute, *others: Dispute, name: str = "police report.pdf") -> Evidence:
    """One file that is evidence in all of these disputes."""
    evidence = Evidence(id=uuid.uuid4(), account=dispute.account, kind="pdf", size=9, added_at=timezone.now())
    evidence.name, evidence.content = name, b"%PDF-1.7\n"
    evidence.save(force_insert=True)
    for one in (dispute, *others):
        Attachment.objects.create(dispute=one, evidence=evidence, position=one.attachments.count() + 1)
    return evidence
