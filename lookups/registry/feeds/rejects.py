"""The list of lines that were not taken: ``line,column,reason``, never the value. For the carrier, so mode 0600."""

import csv
import heapq
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from django.utils.translation import gettext as _

from lookups.registry.feeds.lines import Reject
from lookups.registry.feeds.problems import FeedRefused

_HEAD = ("line", "column", "reason")


class RejectsFile:
    """Written as the feed is read. Made with the first reject, so that a clean feed leaves none.

    ``last`` is the line of the latest reject.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.last: int | None = None
        self._file: IO[str] | None = None

    def __enter__(self) -> "RejectsFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, rejects: Iterable[Reject]) -> None:
        for reject in rejects:
            if self._file is None:
                self._file = _create(self.path)
                csv.writer(self._file, lineterminator="\n").writerow(_HEAD)
            self._file.write(f"{reject.line},{reject.column},{reject.reason}\n")
            self.count += 1
            self.last = reject.line

    def merge(self, late: Iterable[Reject]) -> None:
        """Put rejects that were found out afterwards, in the order of their lines, in their places."""
        late = iter(late)
        first = next(late, None)
        if first is None:
            return
        if self._file is not None:
            self._file.close()
        merged = RejectsFile(self.path.with_name(f"{self.path.name}.part"))
        with merged:
            merged.add(heapq.merge(self._read(), _again(first, late), key=lambda reject: reject.line))
        merged.path.replace(self.path)
        self.count, self._file = merged.count, None

    def _read(self) -> Iterator[Reject]:
        if self.count:
            with self.path.open(newline="") as file:
                rows = csv.reader(file)
                next(rows)
                for line, column, reason in rows:
                    yield Reject(int(line), column, reason)


def _again(first: Reject, rest: Iterator[Reject]) -> Iterator[Reject]:
    yield first
    yield from rest


def _create(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", newline="")
    except OSError as error:
        raise FeedRefused(_("The list of rejected lines cannot be written: %s.") % error.strerror) from None
