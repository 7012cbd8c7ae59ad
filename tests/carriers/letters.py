"""Mei Lin's dispute as what a transport is given: an address and envelopes."""

from typing import Any

from lookups.carriers.transports.contract import Address, Envelope
from tests.doubles.sandbox import SandboxCarrier

# Mei Lin's dispute. The number belongs to nobody.
MEI_LINS_DISPUTE = "K7M-3QX9-A"
MEI_LINS_NUMBER = "+8613812341234"
MEI_LINS_STATEMENT = "I have never been to that city; my card was photographed in 2019."


def address_of(carrier: SandboxCarrier, **settings: Any) -> Address:
    """Where a sandbox carrier is reached, with the patience of a test."""
    usual = {"base_url": carrier.base_url, "timeout": 0.3, "deadline": 1.0, "connect_timeout": 0.5}
    return Address(usual | settings, carrier.token, ("127.0.0.1",), insecure_loopback=True)


def make_letter(
    kind: str = "create", *, key: str = "", remote_id: str = "", maybe_sent: bool = False, **payload: Any
) -> Envelope:
    """Mei Lin's dispute as an envelope of any kind."""
    usual: dict[str, Any] = {}
    if kind == "create":
        usual = {
            "reason": "never_mine",
            "statement": MEI_LINS_STATEMENT,
            "phone_number": MEI_LINS_NUMBER,
            "filed_at": "2026-03-01T09:00:00+08:00",
            "answer_by": "2026-03-15T23:59:59+08:00",
            "registration": {"service": "mobile", "plan": "prepaid", "activated_on": "2019-05-14"},
        }
    return Envelope(kind, key or f"key-of-{kind}", MEI_LINS_DISPUTE, remote_id, usual | payload, maybe_sent)
