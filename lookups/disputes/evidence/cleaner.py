"""Makes a file that somebody sent harmless: a program of its own, started for one file (``files.clean``).

It reads the file from standard input and decides by content alone what it is. It answers with one line of JSON,
``{"kind": "jpeg"}`` and then the new file, or ``{"refused": reason}``. Whatever a decoder can be made to do, it does it
here: without the portal's memory, keys or database, without writing a file, and with an end to its time and memory.

Pictures are decoded and encoded anew, so that nothing but what can be seen is left. Of a PDF its pages are copied into
a new document: scripts, forms, attached files, links, layers and metadata stay behind, and with them whatever stood
before, between or after (a file that is a PDF and an archive at once). What fields and stamps show is first drawn on
the page.
"""

import contextlib
import io
import json
import os
import resource
import sys
import zlib
from typing import Any, NoReturn

import pikepdf
from pi_heif import options as heif_options
from pi_heif import register_heif_opener
from PIL import Image, ImageOps

MEMORY = 1 << 30
CPU_SECONDS = 20
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 2600
MAX_PAGES = 60
MAX_UNPACKED = 100_000_000
MAX_OBJECTS = 50_000
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_PAGE_KEYS = {"/Type", "/Parent", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Group"}
_SAYS_TOO_MUCH = ("/Metadata", "/PieceInfo", "/AF", "/LastModified", "/OPI", "/Alternates", "/AA", "/A", "/JS", "/OC")
_SHOWN_BY = {0xE0, 0xEE}  # of a JPEG's own data these say how to show it (JFIF, Adobe); the rest tells of its origin

_CODESTREAM = b"\xff\x4f\xff\x51"  # JPEG 2000 without boxes
_JP2_SHOWN_BY = {b"jP  ", b"ftyp", b"jp2h"}


class Refused(Exception):
    """The name of the reason; ``files`` has the sentences."""


def kind_of(data: bytes) -> str:
    """What it is by its first bytes: "JPEG", "PNG", "HEIF", "PDF". Raises Refused."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"%PDF-"):
        return "PDF"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "HEIF"
    raise Refused("type")


def picture(data: bytes, kind: str) -> bytes:
    """The picture as it is seen, upright, as a JPEG without a word beside it."""
    register_heif_opener(thumbnails=False)
    heif_options.DECODE_THREADS = 1
    Image.MAX_IMAGE_PIXELS = None  # counted below, before anything is decoded
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        if image.width * image.height > MAX_PIXELS:
            raise Refused("pixels")
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        ImageOps.exif_transpose(image, in_place=True)
        return _jpeg(image)


def _jpeg(image: Image.Image) -> bytes:
    if image.mode.startswith("I"):  # 16 bits a pixel, which a plain conversion would cut instead of scale
        image = image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        seen = image.convert("RGBA")
        paper = Image.new("RGBA", seen.size, "white")
        paper.alpha_composite(seen)
        image = paper
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=88)
    return out.getvalue()


def document(data: bytes) -> bytes:
    """The pages of a PDF in a new one."""
    try:
        with pikepdf.open(io.BytesIO(data)) as source, pikepdf.new() as copy:
            if not 0 < len(source.pages) <= MAX_PAGES:
                raise Refused("pages")
            if len(source.objects) > MAX_OBJECTS:
                raise Refused("unpacks")
            with contextlib.suppress(pikepdf.PdfError, RuntimeError):
                source.generate_appearance_streams()
            source.flatten_annotations("screen")
            copy.pages.extend(source.pages)
            for page in copy.pages:
                _leave_only(page.obj, _PAGE_KEYS)
            pages = _saved(copy)
        # Once more from its own bytes: what the pages do not need is not there any more.
        with pikepdf.open(io.BytesIO(pages)) as copy:
            unpacked = 0
            for thing in copy.objects:
                unpacked += _clean(thing)
                if unpacked > MAX_UNPACKED:
                    raise Refused("unpacks")
            return _saved(copy)
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None


def _saved(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)
    return out.getvalue()


def _leave_only(dictionary: Any, keys: set[str]) -> None:
    for key in list(dictionary.keys()):
        if key not in keys:
            del dictionary[key]


def _clean(thing: Any) -> int:
    """Take from one object what tells of its origin or acts. Returns how many bytes it unpacks to."""
    _shed(thing, depth=0)
    return _stream(thing) if isinstance(thing, pikepdf.Stream) else 0


def _shed(thing: Any, depth: int) -> None:
    """Also from what is written within it; what it refers to comes by itself."""
    if depth > 20:
        raise Refused("unpacks")
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for key in _SAYS_TOO_MUCH:
            if key in thing and thing.get("/Type") != pikepdf.Name.ExtGState:
                del thing[key]
        inner = [value for _key, value in thing.items()]
    elif isinstance(thing, pikepdf.Array):
        inner = list(thing)
    else:
        return
    for value in inner:
        if isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect:
            _shed(value, depth + 1)


def _stream(stream: Any) -> int:
    if "/F" in stream:
        raise Refused("broken")  # its content lies in another file
    if int(stream.get("/Width", 0)) * int(stream.get("/Height", 0)) > MAX_PIXELS:
        raise Refused("pixels")
    filters = stream.get("/Filter", [])
    names = [str(filters)] if isinstance(filters, pikepdf.Name) else [str(each) for each in filters]
    raw = stream.read_raw_bytes()
    if names == ["/DCTDecode"]:
        stream.write(_without_origin(raw), filter=stream["/Filter"], decode_parms=stream.get("/DecodeParms"))
    if names == ["/JPXDecode"]:
        stream.write(_jpeg2000(raw), filter=stream["/Filter"], decode_parms=stream.get("/DecodeParms"))
    if "/FlateDecode" not in names:
        return len(raw)
    if names[0] != "/FlateDecode" or names.count("/FlateDecode") > 1:
        raise Refused("unpacks")
    return _length_unpacked(raw)


def _length_unpacked(raw: bytes) -> int:
    """How long it is unpacked, without holding it: counted in pieces, and no further than is allowed."""
    unpacker, length, waiting = zlib.decompressobj(), 0, raw
    with contextlib.suppress(zlib.error):  # a damaged stream: viewers show what comes before the damage, too
        while waiting and not unpacker.eof and length <= MAX_UNPACKED:
            length += len(unpacker.decompress(waiting, 1 << 20))
            waiting = unpacker.unconsumed_tail
    return length


def _without_origin(jpeg: bytes) -> bytes:
    """A JPEG without what its camera wrote into it: place, time, names, preview."""
    kept, at = [jpeg[:2]], 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker == 0xDA:
            return b"".join([*kept, jpeg[at:]])
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        tells = 0xE0 <= marker <= 0xEF or marker == 0xFE
        if not tells or marker in _SHOWN_BY:
            kept.append(jpeg[at:end])
        at = end
    raise Refused("broken")


def _jpeg2000(data: bytes) -> bytes:
    """A JPEG 2000 picture without what was written beside it: boxes of XML and the like, and comments in its code."""
    if data.startswith(_CODESTREAM):
        return _without_comments(data)
    kept, at = [], 0
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if length == 1:
            raise Refused("broken")  # a box of more than four gigabytes
        end = at + length if length else len(data)
        if not at + 8 <= end <= len(data):
            raise Refused("broken")
        if kind == b"jp2c":
            code = _without_comments(data[at + 8 : end])
            kept.append((len(code) + 8).to_bytes(4, "big") + kind + code)
        elif kind in _JP2_SHOWN_BY:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _without_comments(code: bytes) -> bytes:
    """The main header's comments are left out; from the first tile on it is the picture itself."""
    kept, at = [code[:2]], 2
    while at + 4 <= len(code):
        marker = code[at : at + 2]
        if marker == b"\xff\x90":
            return b"".join([*kept, code[at:]])
        end = at + 2 + int.from_bytes(code[at + 2 : at + 4], "big")
        if marker != b"\xff\x64":
            kept.append(code[at:end])
        at = end
    raise Refused("broken")


def made_anew(data: bytes) -> tuple[str, bytes]:
    """The kind and the content of the new file. Raises Refused."""
    kind = kind_of(data)
    try:
        return ("pdf", document(data)) if kind == "PDF" else ("jpeg", picture(data, kind))
    except Refused:
        raise
    except MemoryError:
        raise Refused("unpacks") from None
    except Exception:
        raise Refused("broken") from None


def bound() -> None:
    """From here on: so much memory and time, no file written, no picture of the memory left behind."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)


def main() -> NoReturn:
    """One file in, one answer out. Says nothing on standard error: it might be of the file."""
    bound()
    try:
        kind, content = made_anew(sys.stdin.buffer.read())
        answer: dict[str, str] = {"kind": kind}
    except Refused as reason:
        answer, content = {"refused": str(reason)}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + content)
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
