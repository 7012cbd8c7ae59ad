"""What the status of an HTTP answer means for a message: arrived, later, refused or misconfigured.

The table is the same for every transport over HTTP. What a carrier says in its own words is passed on to staff only as
far as it cannot be personal data: an error text likes to quote the very number it complains about.
"""

import email.utils
import json
import time
from typing import Any

from lookups.carriers.transports.http import Response
from lookups.outbox.receipts import DeliveryError, Later, Misconfigured, Refused

MAX_RETRY_AFTER = 24 * 3600.0
_MAX_WORDS = 80
_MAX_DIGITS = 3  # an error code has three; four could be the end of a phone number

# The server said that it did not begin.
_LATER_UNTOUCHED = frozenset({408, 425, 429, 503})


def error_for(response: Response, *, method: str) -> DeliveryError | None:
    """The error that `response` stands for, None for 2xx.

    A PATCH goes to one ticket, so there 404 and 410 speak of the ticket and not of the whole interface.
    """
    status = response.status
    reason = f"http_{status}"
    if 200 <= status < 300:
        return None
    if status in _LATER_UNTOUCHED:
        return Later(reason, _words_of(response), retry_after=retry_after(response))
    if status >= 500:
        # A gateway gives up on a server that may still have done the work, so nobody knows.
        ambiguous = method != "GET"
        return Later(reason, _words_of(response), retry_after=retry_after(response), ambiguous=ambiguous)
    if status in (401, 403):
        return Misconfigured("credentials", f"The carrier does not accept our credentials ({status}).")
    if status == 410 and method in ("GET", "POST"):
        return Misconfigured("gone", "The carrier has taken this address out of service (410).")
    if status in (404, 405) and method in ("GET", "POST"):
        return Misconfigured(reason, f"The carrier has no such interface at this address ({status}).")
    if status == 409:
        return Later(reason, _words_of(response), ambiguous=True)
    return Refused(reason, _words_of(response))


def retry_after(response: Response, *, now: float | None = None) -> float | None:
    """Seconds of the Retry-After header (a number or an HTTP date), capped at a day; None if absent or unreadable."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return min(float(text), MAX_RETRY_AFTER)
    try:
        moment = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(moment - (time.time() if now is None else now), 0.0), MAX_RETRY_AFTER)


def json_of(response: Response) -> Any:
    """The body as JSON, None where there is none; raises an ambiguous Later("bad_body") where it is not JSON."""
    if not response.body.strip():
        return None
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError) as error:
        raise Later("bad_body", "The answer is not JSON.", ambiguous=True) from error


def safe_words(text: object) -> str:
    """`text` if it is short, printable and has too few digits to be a number of anybody; else ""."""
    if not isinstance(text, str):
        return ""
    words = " ".join(text.split())
    digits = sum(character.isdigit() for character in words)
    return words if words.isprintable() and len(words) <= _MAX_WORDS and digits <= _MAX_DIGITS else ""


def _words_of(response: Response) -> str:
    """The carrier's `code` and `reason` (a TMF Error, or `type` and `title` of a problem detail), as far as safe."""
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict):
        return ""
    words = (safe_words(body.get(name)) for name in ("code", "reason", "title"))
    return ": ".join(dict.fromkeys(word for word in words if word))
