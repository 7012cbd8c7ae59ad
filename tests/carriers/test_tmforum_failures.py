"""What each failure of a carrier means for a message (D11): which error, and whether it may have arrived."""

import pytest

from lookups.carriers.transports.contract import Address
from lookups.carriers.transports.tmforum import TMForumTransport
from lookups.outbox.receipts import DeliveryError, Later, Misconfigured, Refused
from tests.carriers.letters import address_of, make_letter
from tests.doubles.sandbox import SandboxCarrier


@pytest.mark.parametrize(
    ("switches", "kind", "reason", "ambiguous"),
    [
        ({"fail_status": 400}, Refused, "http_400", None),
        ({"fail_status": 401}, Misconfigured, "credentials", None),
        ({"fail_status": 403}, Misconfigured, "credentials", None),
        ({"fail_status": 404}, Misconfigured, "http_404", None),
        ({"fail_status": 405}, Misconfigured, "http_405", None),
        ({"fail_status": 408}, Later, "http_408", False),
        ({"fail_status": 410}, Misconfigured, "gone", None),
        ({"fail_status": 422}, Refused, "http_422", None),
        ({"fail_status": 425}, Later, "http_425", False),
        ({"fail_status": 429}, Later, "http_429", False),
        ({"fail_status": 500}, Later, "http_500", True),
        ({"fail_status": 502}, Later, "http_502", True),
        ({"fail_status": 503}, Later, "http_503", False),
        ({"fail_status": 504}, Later, "http_504", True),
        ({"redirect": 1}, Misconfigured, "redirect", None),
        ({"slow": 0.6}, Later, "timeout", True),
    ],
)
def test_each_status_has_one_meaning(
    carrier: SandboxCarrier,
    transport: TMForumTransport,
    switches: dict[str, object],
    kind: type[DeliveryError],
    reason: str,
    ambiguous: bool | None,
) -> None:
    carrier.behave(**switches)
    with pytest.raises(kind) as caught:
        transport.send(make_letter())
    assert caught.value.reason == reason
    assert getattr(caught.value, "ambiguous", None) is ambiguous


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("999999", 86_400.0), ("", None), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
)
def test_the_carrier_says_when_to_come_back(
    carrier: SandboxCarrier, transport: TMForumTransport, header: str, seconds: float | None
) -> None:
    carrier.behave(fail_status=429, retry_after=header)
    with pytest.raises(Later) as caught:
        transport.send(make_letter())
    assert caught.value.retry_after == seconds


def test_an_answer_in_drips_ends_with_the_deadline(carrier: SandboxCarrier) -> None:
    # Every byte comes well within the read timeout; only the whole takes too long.
    carrier.behave(drip=0.02)
    with pytest.raises(Later) as caught:
        TMForumTransport(address_of(carrier, timeout=0.3, deadline=0.5)).send(make_letter())
    assert (caught.value.reason, caught.value.ambiguous) == ("timeout", True)


def test_nobody_at_the_port_is_no_doubt_about_the_message() -> None:
    with SandboxCarrier() as carrier:
        address = address_of(carrier)
    with pytest.raises(Later) as caught:
        TMForumTransport(address).send(make_letter())
    assert (caught.value.reason, caught.value.ambiguous) == ("connection_refused", False)


def test_a_carrier_killed_between_two_messages_is_found_again_when_it_is_back() -> None:
    with SandboxCarrier() as carrier:
        transport = TMForumTransport(address_of(carrier))
        transport.send(make_letter())
        carrier.kill()
        with pytest.raises(Later):
            transport.send(make_letter(key="another"))
        carrier.start()
        transport.send(make_letter(key="another"))
        assert len(carrier.tickets()) == 1


def test_a_name_that_does_not_exist_is_tried_later() -> None:
    settings = {"base_url": "https://carrier.invalid/tmf-api/troubleTicket/v5", "connect_timeout": 0.5}
    with pytest.raises(Later) as caught:
        TMForumTransport(Address(settings, "token", ("carrier.invalid",))).send(make_letter())
    assert (caught.value.reason, caught.value.ambiguous) == ("dns", False)


@pytest.mark.parametrize("maybe_sent", [False, True])
def test_nothing_personal_is_in_any_error(
    carrier: SandboxCarrier, transport: TMForumTransport, maybe_sent: bool
) -> None:
    letter = make_letter(maybe_sent=maybe_sent)
    for switches in ({"fail_status": 400}, {"fail_status": 500}, {"slow": 0.6}, {"invalid_body": 1}, {"redirect": 1}):
        carrier.reset()
        carrier.behave(**switches)
        with pytest.raises(DeliveryError) as caught:
            transport.send(letter)
        told = f"{caught.value} {caught.value!r} {letter!r} {transport!r} {caught.value.__cause__!r}"
        assert "1234" not in told
        assert "photographed" not in told
        assert carrier.token not in told
