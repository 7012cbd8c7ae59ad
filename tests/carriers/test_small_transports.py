"""The transports that talk to nobody, and how a transport is found by its kind."""

import pytest

from lookups.carriers.transports import KINDS, transport_for
from lookups.carriers.transports.contract import Address
from lookups.outbox.receipts import Later, Misconfigured
from tests.carriers.letters import MEI_LINS_DISPUTE, make_letter


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_a_transport_without_connecting(kind: str) -> None:
    transport = transport_for(kind, Address({}))
    assert all(hasattr(transport, name) for name in ("send", "poll", "check_config"))


def test_an_unknown_kind_is_a_setting_to_mend() -> None:
    with pytest.raises(Misconfigured) as caught:
        transport_for("pigeon", Address({}))
    assert caught.value.reason == "unknown_kind"


@pytest.mark.parametrize("kind", ["create", "note", "withdraw", "close"])
def test_the_console_takes_everything_at_once(kind: str) -> None:
    console = transport_for("console", Address({}))
    assert console.send(make_letter(kind)).remote_id == ""
    assert console.poll(MEI_LINS_DISPUTE, "") == []
    assert all(finding.ok for finding in console.check_config())


def test_a_demo_carrier_works_fails_or_explodes() -> None:
    assert transport_for("demo", Address({})).send(make_letter()).remote_id
    with pytest.raises(Later) as caught:
        transport_for("demo", Address({"mode": "fails"})).send(make_letter())
    assert caught.value.reason == "demo_failure"
    with pytest.raises(RuntimeError):
        transport_for("demo", Address({"mode": "explodes"})).send(make_letter())
    with pytest.raises(Misconfigured):
        transport_for("demo", Address({"mode": "sleeps"})).send(make_letter())


@pytest.mark.parametrize(("mode", "ok"), [("works", True), ("fails", False), ("explodes", False), ("sleeps", False)])
def test_a_demo_carrier_says_how_it_is(mode: str, ok: bool) -> None:
    assert [finding.ok for finding in transport_for("demo", Address({"mode": mode})).check_config()] == [ok]
