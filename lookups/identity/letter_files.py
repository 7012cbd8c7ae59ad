"""Files of letters on disk: for their owner alone (mode 0600), never over another file, gone again after a failure."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import CommandError

from lookups.identity.letter_pdf import Letters
from lookups.notices.paper import BadFont


def with_font(font: Path | None) -> Letters:
    """An empty PDF in this font. Raises CommandError for a file that is none."""
    if font is not None and not font.is_file():
        raise CommandError(f"{font} is no file.")
    try:
        return Letters(font=font)
    except BadFont:
        raise CommandError(f"{font} is no TrueType or OpenType font that can be embedded.") from None


class NewFiles:
    """Files that are made together: all of them, or none."""

    def __init__(self) -> None:
        self._made: list[Path] = []

    def write(self, path: Path, content: bytes) -> None:
        """Raises CommandError where the file exists or cannot be made."""
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise CommandError(f"{path} exists already. It was left as it is.") from None
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
        self._made.append(path)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> None:
        for path in self._made:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def new_files() -> Iterator[NewFiles]:
    """Files that are gone again if anything fails before the end, the commit included (enter this outside of it)."""
    files = NewFiles()
    try:
        yield files
    except BaseException:
        files.remove()
        raise
