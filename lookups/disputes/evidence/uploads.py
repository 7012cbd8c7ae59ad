"""Taking an uploaded file from a browser's form: in memory, up to a limit, and never into a temporary file.

Django reads a form the moment somebody looks at ``request.POST``. So the view sets the handler first, and judges the
token against forgery only then.
"""

import io
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload

# A browser shows no answer before it has sent everything: so much is read and dropped for a clear sentence.
_READ_AT_MOST = 256 << 20
FIELD = "file"


class HeldInMemory(UploadedFile):  # type: ignore[type-arg]  # generic in the stubs only
    """The file; without its content where it was too large."""

    def __init__(self, name: str, content: bytes, *, too_large: bool) -> None:
        super().__init__(file=io.BytesIO(content), name=name, size=len(content))
        self.content = content
        self.too_large = too_large


class MemoryHandler(FileUploadHandler):
    """Holds the first file of a form; of others nothing is kept."""

    _held: bytearray | None = None
    _taken = False
    _too_large = False

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        if content_length > _READ_AT_MOST:
            raise StopUpload(connection_reset=True)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.field_name == FIELD and not self._taken:
            self._taken, self._held = True, bytearray()
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._held is None or self._too_large:
            return
        self._held += raw_data
        if len(self._held) > settings.EVIDENCE_MAX_BYTES:
            self._too_large, self._held = True, bytearray()

    def file_complete(self, file_size: int) -> HeldInMemory | None:
        if self._held is None:
            return None
        content, self._held = bytes(self._held), None
        return HeldInMemory(self.file_name or "", content, too_large=self._too_large)
