"""The file as chunks of whole lines, whether plain or compressed, from a path, standard input or a delivery.

A line is a record: quotes may surround a field, but no field holds a line break. That keeps line numbers true, lets
the file be cut anywhere between lines, and bounds memory: of a line that does not end, only as much is kept as shows
that it is longer than ``LONGEST_LINE``, for which it is rejected later on.
"""

import dataclasses
import hashlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.feeds.unpacking import Readable, unpacked

CHUNK = 1 << 18  # large enough to be worth a message, small enough for a processor's cache
LONGEST_LINE = 4096
_BOM = b"\xef\xbb\xbf"
_UTF_16_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclasses.dataclass(frozen=True)
class Chunk:
    """Whole lines, the last line break left off; ``first_line`` is the number of the first (the header is line 1)."""

    first_line: int
    content: bytes


class Source:
    """Reads a file once. ``digest`` (SHA-256 of what was delivered) is complete after the last chunk.

    So is ``open_line``: the number of the last line where the file ends without a line break, which may be a cut.
    """

    def __init__(self, file: Readable) -> None:
        self._raw = _Hashed(file)
        self._reader = unpacked(self._raw)
        self._rest = b""
        self.open_line: int | None = None
        self.header = self._read_header()

    @property
    def digest(self) -> bytes:
        return self._raw.hash.digest()

    @property
    def bytes_read(self) -> int:
        """How far into the file, as it was delivered."""
        return self._raw.position

    def chunks(self) -> Iterator[Chunk]:
        """The lines after the header. Raises FeedRefused where the file turns out to be cut off or is no text."""
        line = 2
        while more := self._read():
            data = self._rest + more
            cut = data.rfind(b"\n")
            if cut < 0:
                self._rest = data[: LONGEST_LINE + 1]
                continue
            content, self._rest = data[:cut], data[cut + 1 :]
            yield Chunk(line, content)
            line += content.count(b"\n") + 1
        if self._rest:
            if not self._rest.endswith(b"\n"):
                self.open_line = line + self._rest.count(b"\n")
            yield Chunk(line, self._rest)

    def _read_header(self) -> bytes:
        start = self._read()
        start = start.removeprefix(_BOM)
        while b"\n" not in start and len(start) <= LONGEST_LINE:
            more = self._read()
            if not more:
                break
            start += more
        header, _found, self._rest = start.partition(b"\n")
        if not header.strip():
            raise FeedRefused(_("The file is empty."))
        if len(header) > LONGEST_LINE:
            raise FeedRefused(_("The first line is far too long to be the header of a feed."))
        return header

    def _read(self) -> bytes:
        try:
            data = self._reader.read(CHUNK)
        except OSError as error:
            raise FeedRefused(_("The file cannot be read: %s.") % (error.strerror or type(error).__name__)) from None
        if b"\x00" in data:
            if data[:2] in _UTF_16_BOMS:
                raise FeedRefused(_("The file is UTF-16. Save it as UTF-8."))
            raise FeedRefused(_("The file has NUL bytes: it is damaged, or not UTF-8 text."))
        return data


class _Hashed:
    """A file that hashes and counts what is read from it."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._ahead = b""
        self.hash = hashlib.sha256()
        self.position = 0

    def peek(self, size: int) -> bytes:
        while len(self._ahead) < size:
            more = self._take(size - len(self._ahead))
            if not more:
                break
            self._ahead += more
        return self._ahead[:size]

    def read(self, size: int) -> bytes:
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        return data + self._take(size - len(data)) if len(data) < size else data

    def _take(self, size: int) -> bytes:
        data = self._file.read(size)
        self.hash.update(data)
        self.position += len(data)
        return data
