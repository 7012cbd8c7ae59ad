"""SHA-256 of a delivered file in the header fields of RFC 9530: ``Content-Digest: sha-256=:<base64>:``."""

import base64
import binascii
import re
from collections.abc import Mapping

HEADERS = ("Content-Digest", "Repr-Digest")  # the same for us: a body is taken as it is, or not at all
_SHA_256 = re.compile(r"(?:^|,)\s*sha-256=(?P<value>[^,]*)")


def expected(headers: Mapping[str, str]) -> bytes | None:
    """The digest that a request gives; None where it gives none that we know.

    Raises ValueError, with a sentence, where one is malformed or two differ.
    """
    found = {_decoded(match["value"]) for name in HEADERS for match in _SHA_256.finditer(headers.get(name, ""))}
    if len(found) > 1:
        raise ValueError("The digests of the request differ.")
    return found.pop() if found else None


def written(digest: bytes) -> str:
    return f"sha-256=:{base64.b64encode(digest).decode()}:"


def _decoded(value: str) -> bytes:
    text = value.strip()
    if len(text) > 2 and text.startswith(":") and text.endswith(":"):
        try:
            digest = base64.b64decode(text[1:-1], validate=True)
        except binascii.Error:
            digest = b""
        if len(digest) == 32:
            return digest
    raise ValueError("The digest is not written as sha-256=:<base64 of 32 bytes>:")
