"""Standard Webhooks 1.0.0, symmetric (`v1`): sign what we send, verify what we receive.

Nothing but the standard library, because the sandbox carrier uses it too and shares nothing else with the portal.

What is signed is `id.timestamp.body` over the bytes as they travelled: parse a body only after it was verified. The
signature header is a list separated by spaces, so that during a rotation a sender may sign with two secrets; a receiver
likewise is given every secret still in force.
"""

import base64
import binascii
import hashlib
import hmac
import secrets as tokens
import string
from collections.abc import Mapping, Sequence

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

_PREFIX = "whsec_"
_VERSION = "v1"
_SECRET_BYTES = range(24, 65)  # what the standard allows
_MAX_ID_LENGTH = 256
_MAX_SIGNATURES = 16  # two suffice for a rotation; the bound keeps a long header from costing us time
_ID_CHARACTERS = frozenset(string.ascii_letters + string.digits + string.punctuation) - {"."}


class BadSignature(Exception):
    """The message does not come from who holds the secret, or is malformed. Answer 401 and change nothing."""


class StaleTimestamp(BadSignature):
    """Signed, but too long ago or too far in the future: perhaps a replay. Answer 409 and change nothing."""


def new_secret() -> str:
    """A fresh secret of 256 bits in the standard's form, `whsec_<base64>`."""
    return _PREFIX + base64.b64encode(tokens.token_bytes(32)).decode("ascii")


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of the `webhook-signature` header: `v1,<base64 of HMAC-SHA256 over id.timestamp.body>`.

    Raises ValueError for an unusable secret or message id: both are ours, so that is a mistake of ours.
    """
    if not _acceptable_id(message_id):
        raise ValueError("A message id is 1 to 256 visible ASCII characters without a full stop.")
    return f"{_VERSION},{base64.b64encode(_digest(_key(secret), message_id, timestamp, body)).decode('ascii')}"


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now: float, tolerance: int = 300) -> str:
    """The message id, if any of `secrets` signed `body` within `tolerance` seconds of `now` (Unix time).

    `headers` may be spelled in any case. Raises BadSignature, or StaleTimestamp for a genuine signature of another
    time: only who holds the secret learns that the timestamp was the trouble.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    message_id = by_name.get(ID_HEADER, "")
    timestamp = _timestamp(by_name.get(TIMESTAMP_HEADER, ""))
    given = _signatures(by_name.get(SIGNATURE_HEADER, ""))
    if not _acceptable_id(message_id) or not given:
        raise BadSignature("A Standard Webhooks header is missing or malformed.")
    genuine = False
    # Every pair is compared, so that the time taken tells nothing about which one fitted.
    for secret in secrets:
        expected = _digest(_key(secret), message_id, timestamp, body)
        for signature in given:
            genuine |= hmac.compare_digest(expected, signature)
    if not genuine:
        raise BadSignature("No signature fits.")
    if abs(now - timestamp) > tolerance:
        raise StaleTimestamp("The signature is genuine, but of another time.")
    return message_id


def _digest(key: bytes, message_id: str, timestamp: int, body: bytes) -> bytes:
    return hmac.new(key, f"{message_id}.{timestamp}.".encode("ascii") + body, hashlib.sha256).digest()


def _key(secret: str) -> bytes:
    # An empty or tiny key would let anybody sign, so a wrong setting has to be loud.
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("A webhook secret is whsec_ followed by base64.") from error
    if len(key) not in _SECRET_BYTES:
        raise ValueError("A webhook secret has 24 to 64 bytes.")
    return key


def _timestamp(text: str) -> int:
    # The signed content has to be rebuilt exactly, so only the one plain spelling of a number is taken.
    if not (text.isascii() and text.isdigit() and len(text) <= 12) or str(int(text)) != text:
        raise BadSignature("The timestamp is missing or malformed.")
    return int(text)


def _signatures(header: str) -> list[bytes]:
    """Every well-formed v1 signature of the header; other versions are skipped, as the standard asks."""
    found = []
    for part in header.split()[:_MAX_SIGNATURES]:
        version, _, encoded = part.partition(",")
        if version != _VERSION:
            continue
        try:
            found.append(base64.b64decode(encoded, validate=True))
        except (binascii.Error, ValueError):
            continue
    return found


def _acceptable_id(message_id: str) -> bool:
    # A full stop in the id would make two different messages share one signed content.
    return 0 < len(message_id) <= _MAX_ID_LENGTH and _ID_CHARACTERS.issuperset(message_id)
