"""Taking an uploaded feed from a browser's form: sealed while it comes, so that no temporary file holds it in clear.

Django reads a form before any view is asked, the moment somebody looks at ``request.POST``. So the view sets
``SealingHandler`` first, and judges the token against forgery only then.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext as _

from lookups.registry import spool
from lookups.registry.feeds.problems import CutShort, FeedRefused


class SealedUpload(UploadedFile):  # type: ignore[type-arg]  # generic in the stubs only
    """What a form has in place of the file: nothing but where it went, or the problem on the way.

    Until all of it has come (which Django says by asking for it), the problem is that it has not.
    """

    def __init__(self, incoming: spool.Incoming) -> None:
        super().__init__(file=None, name="feed", size=0)
        self.incoming = incoming
        self.problem: FeedRefused | None = CutShort(_("The connection ended before the whole file had arrived."))


def _as_far_as_it_goes(read: Callable[..., bytes]) -> Callable[..., bytes]:
    def reading(*args: Any, **kwargs: Any) -> bytes:
        try:
            return read(*args, **kwargs)
        except UnreadablePostError:
            return b""

    return reading


class SealingHandler(FileUploadHandler):
    """Seals the first file of a form; others are not read. ``with`` takes away whatever nobody kept."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        # A connection that breaks would end the parser with an error, and what came before it would be unknown.
        request.read = _as_far_as_it_goes(request.read)  # type: ignore[method-assign]
        self.upload: SealedUpload | None = None
        self._failed: FeedRefused | None = None
        self._taking = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.upload is not None:
            self.upload.incoming.__exit__(kind, error, trace)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._taking = self.upload is None and self.field_name == "file"
        if self._taking:
            self.upload = SealedUpload(spool.Incoming())
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """After a failure the rest is read and dropped: a browser shows no answer before it has sent everything."""
        if not self._taking or self.upload is None or self._failed is not None:
            return
        try:
            self.upload.incoming.write(raw_data)
        except FeedRefused as problem:
            self._failed = problem
            self.upload.incoming.drop()

    def file_complete(self, file_size: int) -> SealedUpload | None:
        if not self._taking or self.upload is None:
            return None
        self.upload.size, self.upload.problem = file_size, self._failed
        return self.upload
