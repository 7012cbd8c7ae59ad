"""What a carrier says in its errors reaches staff only as far as it cannot be personal data."""

import json

import pytest

from lookups.carriers.transports import verdicts
from lookups.carriers.transports.http import Response
from lookups.outbox.receipts import Refused


def refusal(body: bytes) -> str:
    error = verdicts.error_for(Response(400, {}, body), method="POST")
    assert isinstance(error, Refused)
    return error.detail


def test_the_carriers_code_and_reason_are_passed_on() -> None:
    body = {"code": "20", "reason": "ticketType is unknown", "message": "Value 13812341234 is bad"}
    assert refusal(json.dumps(body).encode()) == "20: ticketType is unknown"


@pytest.mark.parametrize(
    "reason",
    [
        "The number +8613812341234 is not ours",
        "The number 138 12 34 12 34 is not ours",
        "The number ١٣٨١٢٣٤ is not ours",
        "x" * 81,
        "two\x00lines",
        ["13812341234"],
        {"a": 1},
        1234,
        None,
    ],
)
def test_words_that_could_be_personal_are_dropped(reason: object) -> None:
    assert refusal(json.dumps({"code": "60", "reason": reason}).encode()) == "60"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_an_error_without_readable_words_has_none(body: bytes) -> None:
    assert refusal(body) == ""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("-5", None),
        ("1e9", None),
        ("9" * 30, None),
        ("Sun, 01 Mar 2026 00:01:00 GMT", 60.0),
        ("Sat, 28 Feb 2026 00:00:00 GMT", 0.0),
        ("Sun, 99 Mar 2026 00:00:00 GMT", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    midnight = 1772323200.0  # 2026-03-01T00:00:00Z
    assert verdicts.retry_after(Response(503, {"retry-after": header}, b""), now=midnight) == seconds
