"""The sandbox carrier's notifications, as the public package `standardwebhooks` and a plain listener see them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from lookups.carriers.transports import tmforum_mapping as mapping
from lookups.carriers.transports.tmforum import TMForumTransport
from tests.carriers.letters import MEI_LINS_DISPUTE, address_of, make_letter
from tests.carriers.schemas import check, needs_schema
from tests.doubles.listener import Listener, Received
from tests.doubles.sandbox import SandboxCarrier, wait_until

PATH = "/tmf-api/troubleTicket/v5/carriers/sandbox"


@pytest.fixture(scope="module")
def _listening() -> Iterator[tuple[Listener, SandboxCarrier]]:
    with Listener() as listener, SandboxCarrier(callback=listener.url + PATH) as carrier:
        yield listener, carrier


@pytest.fixture
def listener(_listening: tuple[Listener, SandboxCarrier]) -> Listener:
    _listening[0].received.clear()
    return _listening[0]


@pytest.fixture
def carrier(listener: Listener, _listening: tuple[Listener, SandboxCarrier]) -> SandboxCarrier:
    _listening[1].reset()
    return _listening[1]


def send(carrier: SandboxCarrier, kind: str = "create", **how: Any) -> str:
    return TMForumTransport(address_of(carrier)).send(make_letter(kind, **how)).remote_id


def statuses(received: list[Received]) -> list[str]:
    return [json.loads(each.body)["event"]["troubleTicket"]["status"] for each in list(received)]


def wait_for(listener: Listener, *expected: str) -> list[Received]:
    wait_until(lambda: len(listener.received) >= len(expected))
    assert statuses(listener.received) == list(expected)
    return list(listener.received)


def test_every_step_is_told_signed_and_in_order(carrier: SandboxCarrier, listener: Listener) -> None:
    carrier.behave(answer_after=0.1)
    send(carrier)
    received = wait_for(listener, "acknowledged", "inProgress", "resolved")
    for each in received:
        assert each.path == f"{PATH}/listener/troubleTicketStatusChangeEvent"
        body = Webhook(carrier.webhook_secret).verify(each.body, each.headers)
        assert body["eventId"] == each.headers["webhook-id"]
        assert mapping.event_from(body["event"]["troubleTicket"], body["eventId"]).reference == MEI_LINS_DISPUTE
    assert len({each.headers["webhook-id"] for each in received}) == 3


@needs_schema
def test_its_events_are_within_the_published_schema(carrier: SandboxCarrier, listener: Listener) -> None:
    carrier.move(send(carrier), "resolved")
    for each in wait_for(listener, "acknowledged", "resolved"):
        check(json.loads(each.body), "TroubleTicketStatusChangeEvent")


def test_what_the_originator_changes_is_told_as_well(carrier: SandboxCarrier, listener: Listener) -> None:
    send(carrier, "withdraw", remote_id=send(carrier))
    wait_for(listener, "acknowledged", "cancelled")


def test_a_repeated_event_keeps_its_id(carrier: SandboxCarrier, listener: Listener) -> None:
    carrier.behave(repeat_events=2)
    send(carrier)
    received = wait_for(listener, "acknowledged", "acknowledged", "acknowledged")
    assert len({each.headers["webhook-id"] for each in received}) == 1


def test_events_out_of_order(carrier: SandboxCarrier, listener: Listener) -> None:
    carrier.behave(reorder_events=True)
    ticket_id = send(carrier)
    carrier.move(ticket_id, "inProgress")
    later, earlier = (json.loads(each.body) for each in wait_for(listener, "inProgress", "acknowledged"))
    assert earlier["eventTime"] < later["eventTime"]


def test_events_held_back_come_when_released(carrier: SandboxCarrier, listener: Listener) -> None:
    carrier.behave(hold_events=True)
    carrier.move(send(carrier), "inProgress")
    assert listener.received == []
    carrier.behave(hold_events=False)
    wait_for(listener, "acknowledged", "inProgress")


@pytest.mark.parametrize("lost", [{"drop_events": 1}, {"events": False}])
def test_a_lost_event_is_found_by_polling_only(
    carrier: SandboxCarrier, listener: Listener, lost: dict[str, Any]
) -> None:
    carrier.behave(**lost)
    ticket_id = send(carrier)
    assert carrier.events() == []
    assert TMForumTransport(address_of(carrier)).poll(MEI_LINS_DISPUTE, ticket_id)[0].kind == "acknowledged"
    assert listener.received == []


@pytest.mark.parametrize("wrong", [{"wrong_signature": True}, {"timestamp_shift": -400}, {"timestamp_shift": 400}])
def test_events_that_a_receiver_has_to_refuse(
    carrier: SandboxCarrier, listener: Listener, wrong: dict[str, Any]
) -> None:
    carrier.behave(**wrong)
    send(carrier)
    (received,) = wait_for(listener, "acknowledged")
    with pytest.raises(WebhookVerificationError):
        Webhook(carrier.webhook_secret).verify(received.body, received.headers)


def test_an_event_about_anything_can_be_sent_by_hand(carrier: SandboxCarrier, listener: Listener) -> None:
    carrier.send_event({"id": "nobody-knows", "status": "resolved"}, "evt_again")
    (received,) = wait_for(listener, "resolved")
    assert Webhook(carrier.webhook_secret).verify(received.body, received.headers)["eventId"] == "evt_again"


def test_a_hub_subscription_gets_events_until_it_ends(carrier: SandboxCarrier, listener: Listener) -> None:
    hub = "/tmf-api/troubleTicket/v5/hub"
    with Listener() as second:
        status, _, made = carrier.request("POST", hub, {"callback": second.url})
        assert status == 201
        assert carrier.request("GET", f"{hub}/{made['id']}")[2] == made
        ticket_id = send(carrier)
        wait_for(second, "acknowledged")
        assert second.received[0].path == "/listener/troubleTicketStatusChangeEvent"
        assert carrier.request("DELETE", f"{hub}/{made['id']}")[0] == 204
        carrier.move(ticket_id, "held")
        wait_for(listener, "acknowledged", "held")
        assert len(second.received) == 1
    assert carrier.request("DELETE", f"{hub}/{made['id']}")[0] == 404


@pytest.mark.parametrize(("first_answer", "attempts"), [(503, 2), (401, 1), (404, 1)])
def test_a_failed_event_is_tried_again_if_that_may_help(first_answer: int, attempts: int) -> None:
    with Listener([first_answer]) as listener, SandboxCarrier(callback=listener.url) as carrier:
        send(carrier)
        (event,) = wait_until(lambda: [each for each in carrier.events() if each["done"]])
    assert event["attempts"] == attempts == len(listener.received)
    assert len({each.headers["webhook-id"] for each in listener.received}) == 1
