"""Plain, gzip or Zstandard: told by the first bytes of a file, never by its name.

A small archive can unpack to more than any disk holds. So what comes out is counted: it may be a set number of times
what went in, once it is more than a good carrier's archive of one repeated line, and at most so much in all. Nothing of
it is ever kept, but time is worth something as well.
"""

import gzip
import sys
import zlib
from typing import IO, Protocol, cast

from django.conf import settings
from django.utils.translation import gettext as _

from lookups.registry.feeds.problems import FeedRefused

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
MAGIC_BYTES = 4
SMALL_BYTES = 64 << 20  # what any archive may unpack to
_WINDOW_LOG = 27  # the decoder's memory is at most 128 MiB: what the format's own tools take without being told


class Packed(Protocol):
    """A file as it was delivered; ``position`` tells how much of it was read."""

    position: int

    def peek(self, size: int) -> bytes: ...

    def read(self, size: int) -> bytes: ...


class Readable(Protocol):
    """Something with ``read``."""

    def read(self, size: int) -> bytes: ...


def unpacked(file: Packed) -> Readable:
    """What ``file`` holds. Reading raises FeedRefused where it is cut off, damaged, or out of all proportion."""
    start = file.peek(MAGIC_BYTES)
    if start.startswith(_GZIP):
        return _Counted(file, cast(IO[bytes], gzip.GzipFile(fileobj=cast(IO[bytes], file), mode="rb")))
    if start == _ZSTD:
        options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
        return _Counted(file, cast(IO[bytes], zstd.ZstdFile(cast(IO[bytes], file), options=options)))
    return file


class _Counted:
    def __init__(self, packed: Packed, reader: Readable) -> None:
        self._packed, self._reader = packed, reader
        self._count = 0

    def read(self, size: int) -> bytes:
        try:
            data = self._reader.read(size)
        except EOFError:
            raise FeedRefused(_("The compressed file is cut off: its end is missing.")) from None
        except (gzip.BadGzipFile, zlib.error, zstd.ZstdError):
            raise FeedRefused(_("The compressed file is damaged and cannot be unpacked.")) from None
        self._count += len(data)
        if self._count > settings.FEED_MAX_UNPACKED_BYTES:
            raise FeedRefused(_("The compressed file unpacks to more than this portal takes. Deliver it in parts."))
        if self._count > SMALL_BYTES and self._count > settings.FEED_MAX_RATIO * self._packed.position:
            raise FeedRefused(_("The compressed file unpacks to far more than lines of a feed ever would."))
        return data
