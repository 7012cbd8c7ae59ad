"""Reading letters back: the words of a PDF written with the fonts of every reader, and the squares of its picture."""

import re
import zlib

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:\\.|[^\\()])*)\) Tj")
_SQUARE = re.compile(rb"[\d.]+ [\d.]+ [\d.]+ -?[\d.]+ re f")


def pages(pdf: bytes) -> list[bytes]:
    """What each page draws, unpacked."""
    return [stream for stream in streams(pdf) if b" Tj" in stream]


def streams(pdf: bytes) -> list[bytes]:
    """All that is packed in the file, attachments too, unpacked."""
    unpacked = []
    for packed in _STREAM.findall(pdf):
        try:
            # A checksum that ends in what looks like a line's end is cut off by the pattern: nothing of ours is.
            stream = zlib.decompressobj().decompress(packed)
        except zlib.error:
            continue
        unpacked.append(stream)
    return unpacked


def words(page: bytes) -> str:
    """The text of one page, its lines joined by spaces."""
    shown = [re.sub(rb"\\(.)", rb"\1", text) for text in _SHOWN.findall(page)]
    return " ".join(text.decode("cp1252") for text in shown)


def squares(page: bytes) -> int:
    """How many dark modules the picture has."""
    return len(_SQUARE.findall(page))
