"""Where a delivered file waits until it is read: on disk, sealed chunk by chunk as it comes, never in clear.

The folder (``FEEDS_FOLDER``) is shared by the web servers that receive and the workers that read. A file belongs to the
feed whose id is its name, and its key is that feed's own; until it is whole it is called ``.part``. Whatever goes wrong
on the way in (the file is too long, the disk is full, the connection ends), nothing of it stays.
"""

import contextlib
import fcntl
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from django.conf import settings
from django.utils.translation import gettext as _

from lookups.registry.feeds.problems import FeedRefused, NoRoom, TooLong
from lookups.vault import sealing
from lookups.vault.streams import SealedReader, SealedWriter

STALE_SECONDS = 3600.0  # nobody has written to such a file for so long: whoever did was killed
_PART = ".part"


class Incoming:
    """One file on its way in, for the feed that will have ``feed_id``.

    Left without ``finish`` and ``keep``, it takes its file away again.
    """

    def __init__(self) -> None:
        self.feed_id = uuid.uuid4()
        self.size = 0
        self._hash = hashlib.sha256()
        self._kept = False
        self._part = folder() / f"{self.feed_id}{_PART}"
        self._file: IO[bytes] | None = None
        self._writer: SealedWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._kept:
            self.drop()

    @property
    def digest(self) -> bytes:
        """SHA-256 of what has come so far."""
        return self._hash.digest()

    def write(self, data: bytes) -> None:
        """Take some more bytes. Raises TooLong or NoRoom."""
        self.size += len(data)
        if self.size > settings.FEED_MAX_BYTES:
            raise TooLong(
                _("The file is larger than the %d MB that this portal takes.") % (settings.FEED_MAX_BYTES // 1_000_000)
            )
        self._hash.update(data)
        with _disk():
            self._opened().write(data)

    def finish(self) -> None:
        """All of it has come: make it whole, and sure to be there after a power cut. Raises NoRoom."""
        with _disk():
            self._opened().finish()
            assert self._file is not None  # noqa: S101 - for the type checker: it was opened in the line before
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.rename(path_of(self.feed_id))
            _sync(self._part.parent)

    def keep(self) -> None:
        """There is a feed that it belongs to."""
        self._kept = True

    def drop(self) -> None:
        """Take it away, half or whole."""
        if self._file is not None:
            # A full disk is heard of once more when what is left in the buffer cannot be written.
            with contextlib.suppress(OSError):
                self._file.close()
        self._part.unlink(missing_ok=True)
        remove(self.feed_id)

    def _opened(self) -> SealedWriter:
        if self._writer is None:
            self._part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            self._writer = SealedWriter(self._file, sealer=_sealer(self.feed_id), context=_context(self.feed_id))
        return self._writer


class Kept:
    """A feed's file, to be read once. Raises FeedRefused where it is not what was put there."""

    def __init__(self, feed_id: uuid.UUID, file: IO[bytes]) -> None:
        self._reader = SealedReader(file, sealer=_sealer(feed_id), context=_context(feed_id))

    def read(self, size: int) -> bytes:
        try:
            return self._reader.read(size)
        except sealing.Unreadable:
            raise FeedRefused(_("The file was damaged where it was kept. Deliver it once more.")) from None


@contextlib.contextmanager
def opened(feed_id: uuid.UUID) -> Iterator[Kept]:
    """The file of this feed. Raises FeedRefused where there is none."""
    try:
        file = path_of(feed_id).open("rb")
    except OSError:
        raise FeedRefused(_("The file is not kept any more. Deliver it once more.")) from None
    with file:
        yield Kept(feed_id, file)


def remove(feed_id: uuid.UUID) -> None:
    path_of(feed_id).unlink(missing_ok=True)


def stale() -> Iterator[Path]:
    """Files that nobody has written to for an hour."""
    before = time.time() - STALE_SECONDS
    for path in folder().glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.suffix != ".lock" and path.stat().st_mtime < before:
                yield path


@contextlib.contextmanager
def turn(carrier_id: uuid.UUID) -> Iterator[bool]:
    """Whether this carrier may send a file now: each one at a time on one machine, whose web threads are few.

    The lock ends with its process, however that ends.
    """
    with _disk():
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder() / f"{carrier_id}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def folder() -> Path:
    return Path(settings.FEEDS_FOLDER) / "deliveries"


def path_of(feed_id: uuid.UUID) -> Path:
    return folder() / str(feed_id)


def _sealer(feed_id: uuid.UUID) -> sealing.Sealer:
    return sealing.derived(f"delivery:{feed_id}")


def _context(feed_id: uuid.UUID) -> str:
    return f"registry.delivery:{feed_id}"


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NoRoom(_("The portal could not keep the file (%s).") % (error.strerror or type(error).__name__)) from None


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
