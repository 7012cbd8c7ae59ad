"""Taking an uploaded feed from a browser's form: sealed while it comes, so that no temporary file holds it in clear.

Django reads a form before any view is asked, the moment somebody looks at ``request.POST``. So the view sets
``SealingHandler`` first, and judges the token against forgery only then.
"""

from types import TracebackType
from typing import Any, Self

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import HttpRequest

from lookups.registry import spool
from lookups.registry.feeds.problems import FeedRefused


class SealedUpload(UploadedFile):  # type: ignore[type-arg]  # generic in the stubs only
    """What a form has in place of the file: nothing but where it went, or the problem on the way."""

    def __init__(self, incoming: spool.Incoming, problem: FeedRefused | None) -> None:
        super().__init__(file=None, name="feed", size=incoming.size)
        self.incoming, self.problem = incoming, problem


class SealingHandler(FileUploadHandler):
    """Seals the first file of a form; others are not read. ``with`` takes away whatever nobody kept."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._incoming: spool.Incoming | None = None
        self._problem: FeedRefused | None = None
        self._taking = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._incoming is not None:
            self._incoming.__exit__(kind, error, trace)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._taking = self._incoming is None and self.field_name == "file"
        if self._taking:
            self._incoming = spool.Incoming()
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """After a problem the rest is read and dropped: a browser shows no answer before it has sent everything."""
        if not self._taking or self._incoming is None or self._problem is not None:
            return
        try:
            self._incoming.write(raw_data)
        except FeedRefused as problem:
            self._problem = problem
            self._incoming.drop()

    def file_complete(self, file_size: int) -> SealedUpload | None:
        if not self._taking or self._incoming is None:
            return None
        return SealedUpload(self._incoming, self._problem)
