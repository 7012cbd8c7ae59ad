"""Standard Webhooks signatures: ours and the public package `standardwebhooks` agree, and nothing malformed gets in."""

import base64
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from lookups.carriers import signatures

# Fixed, since they stand in the names of tests: every process of a parallel run must collect the same.
OLD = "whsec_" + base64.b64encode(b"an older secret of 32 bytes ----").decode()
NEW = "whsec_" + base64.b64encode(b"the newer secret of 32 bytes ---").decode()
BODY = '{"words":"Ünïcode, 中文"}'.encode()
NOW = 1_800_000_000


def signed(secret: str = NEW, *, at: int = NOW, body: bytes = BODY, message_id: str = "evt_1") -> dict[str, str]:
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": signatures.sign(secret, message_id=message_id, timestamp=at, body=body),
    }


def test_the_public_package_accepts_what_we_sign() -> None:
    headers = signed(at=int(time.time()))
    assert Webhook(NEW).verify(BODY, headers) == {"words": "Ünïcode, 中文"}


def test_we_accept_what_the_public_package_signs() -> None:
    signature = Webhook(NEW).sign("evt_2", datetime.fromtimestamp(NOW, tz=UTC), BODY.decode())
    headers = {"webhook-id": "evt_2", "webhook-timestamp": str(NOW), "webhook-signature": signature}
    assert signatures.verify([NEW], headers, BODY, now=NOW) == "evt_2"


def test_two_secrets_are_valid_during_a_rotation() -> None:
    assert signatures.verify([NEW, OLD], signed(OLD), BODY, now=NOW) == "evt_1"
    assert signatures.verify([NEW, OLD], signed(NEW), BODY, now=NOW) == "evt_1"
    both = signed(OLD)
    both["Webhook-Signature"] += " v1a,AAAA v1 v2,xx " + signed(NEW)["Webhook-Signature"]
    assert signatures.verify([NEW], both, BODY, now=NOW) == "evt_1"


@pytest.mark.parametrize("shift", [-301, 301, -86_400])
def test_a_genuine_signature_of_another_time_is_stale(shift: int) -> None:
    with pytest.raises(signatures.StaleTimestamp):
        signatures.verify([NEW], signed(at=NOW + shift), BODY, now=NOW)


@pytest.mark.parametrize("shift", [-300, 0, 300])
def test_five_minutes_either_way_are_tolerated(shift: int) -> None:
    assert signatures.verify([NEW], signed(at=NOW + shift), BODY, now=NOW) == "evt_1"


def test_a_forged_old_message_does_not_learn_that_it_is_old() -> None:
    with pytest.raises(signatures.BadSignature) as caught:
        signatures.verify([NEW], signed(OLD, at=NOW - 9_999), BODY, now=NOW)
    assert not isinstance(caught.value, signatures.StaleTimestamp)


GOOD = signatures.sign(NEW, message_id="evt_1", timestamp=NOW, body=BODY)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-signature", ""),
        ("webhook-signature", GOOD.replace(",", "")),
        ("webhook-signature", GOOD.replace("v1,", "v2,")),
        ("webhook-signature", GOOD.replace("v1,", "v1a,")),
        ("webhook-signature", "v1,!!!not base64!!!"),
        ("webhook-signature", "v1,"),
        ("webhook-signature", GOOD[:-4]),
        ("webhook-signature", "v1," + base64.b64encode(bytes(32)).decode()),
        ("webhook-signature", "v1,é"),
        ("webhook-signature", " ".join(["v1,AAAA"] * 50 + [GOOD])),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "now"),
        ("webhook-timestamp", f"{NOW}.0"),
        ("webhook-timestamp", f"0{NOW}"),
        ("webhook-timestamp", f"-{NOW}"),
        ("webhook-timestamp", "٣٣٣"),
        ("webhook-timestamp", "9" * 5000),
        ("webhook-id", ""),
        ("webhook-id", "evt_2"),
        ("webhook-id", "evt.1"),
        ("webhook-id", "evt\n1"),
        ("webhook-id", "x" * 300),
    ],
)
def test_missing_or_malformed_headers_are_refused(name: str, value: str) -> None:
    headers = {key.lower(): text for key, text in signed().items()} | {name: value}
    with pytest.raises(signatures.BadSignature):
        signatures.verify([NEW], headers, BODY, now=NOW)


def test_a_changed_body_no_headers_or_no_secret_are_refused() -> None:
    for secrets, headers, body in [([NEW], signed(), BODY + b" "), ([NEW], {}, BODY), ([], signed(), BODY)]:
        with pytest.raises(signatures.BadSignature):
            signatures.verify(secrets, headers, body, now=NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "whsec_%%%", "whsec_" + "A" * 100])
def test_an_unusable_secret_of_ours_is_loud(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        signatures.sign(secret, message_id="evt_1", timestamp=NOW, body=BODY)
    with pytest.raises(ValueError, match="secret"):
        signatures.verify([secret], signed(), BODY, now=NOW)


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()))
def test_no_header_whatever_crashes_or_gets_in(headers: dict[str, str]) -> None:
    with pytest.raises(signatures.BadSignature):
        signatures.verify([NEW], headers, BODY, now=NOW)
