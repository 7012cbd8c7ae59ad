"""Messages to a carrier over TMF621: each arrives, and there is one ticket whatever happened on the way (D11)."""

import pytest

from lookups.carriers.transports import contract
from lookups.carriers.transports.contract import Address
from lookups.carriers.transports.tmforum import TMForumTransport
from lookups.outbox.receipts import Later, Misconfigured, Refused
from tests.carriers.letters import MEI_LINS_DISPUTE, MEI_LINS_NUMBER, address_of, make_letter
from tests.doubles.sandbox import SandboxCarrier


def test_a_dispute_becomes_one_ticket(carrier: SandboxCarrier, transport: TMForumTransport) -> None:
    receipt = transport.send(make_letter())
    ticket = carrier.ticket(MEI_LINS_DISPUTE)
    assert receipt.remote_id == ticket["id"]
    said = {each["name"]: each["value"] for each in ticket["troubleTicketCharacteristic"]}
    assert said["phoneNumber"] == MEI_LINS_NUMBER
    assert said["reason"] == "never_mine"
    assert ticket["requestedResolutionDate"] == "2026-03-15T23:59:59+08:00"


def test_the_same_key_sent_twice_is_one_ticket(carrier: SandboxCarrier, transport: TMForumTransport) -> None:
    assert transport.send(make_letter()) == transport.send(make_letter())
    assert len(carrier.tickets()) == 1


@pytest.mark.parametrize("switch", ["accept_then_timeout", "accept_then_close", "invalid_body", "wrong_ticket"])
@pytest.mark.parametrize("honours_key", [True, False])
def test_an_answer_lost_after_acceptance_is_one_ticket_after_the_retry(
    carrier: SandboxCarrier, transport: TMForumTransport, switch: str, honours_key: bool
) -> None:
    carrier.behave(honour_idempotency=honours_key, **{switch: 1})
    with pytest.raises(Later) as caught:
        transport.send(make_letter())
    assert caught.value.ambiguous
    receipt = transport.send(make_letter(maybe_sent=True))
    assert receipt.remote_id == carrier.ticket(MEI_LINS_DISPUTE)["id"]


def test_duplicates_at_a_carrier_that_knows_no_key_are_cancelled_but_the_oldest(
    carrier: SandboxCarrier, transport: TMForumTransport
) -> None:
    carrier.behave(honour_idempotency=False)
    first = transport.send(make_letter())
    transport.send(make_letter())
    transport.send(make_letter())
    assert transport.send(make_letter(maybe_sent=True)).remote_id == first.remote_id
    assert [each["status"] for each in carrier.tickets(MEI_LINS_DISPUTE)] == ["acknowledged", "cancelled", "cancelled"]


def test_a_carrier_that_ignores_the_filter_is_searched_page_by_page(
    carrier: SandboxCarrier, transport: TMForumTransport
) -> None:
    payload = make_letter().payload
    for number in range(150):
        transport.send(contract.Envelope("create", f"other-{number}", f"OTHER-{number}", "", payload))
    mine = transport.send(make_letter())
    carrier.behave(honour_filter=False, honour_idempotency=False)
    assert transport.send(make_letter(maybe_sent=True)).remote_id == mine.remote_id
    assert len(carrier.tickets()) == 151


def test_a_carrier_may_accept_without_naming_the_ticket(carrier: SandboxCarrier, transport: TMForumTransport) -> None:
    carrier.behave(no_ticket_id=1)
    assert transport.send(make_letter()).remote_id == ""
    (event,) = transport.poll(MEI_LINS_DISPUTE, "")
    assert event.remote_id == carrier.ticket(MEI_LINS_DISPUTE)["id"]


def test_a_conflict_means_that_the_carrier_has_it(carrier: SandboxCarrier, transport: TMForumTransport) -> None:
    known = transport.send(make_letter())
    carrier.behave(fail_status=409, fail_next=1)
    assert transport.send(make_letter()).remote_id == known.remote_id


def test_a_conflict_about_nothing_we_find_is_tried_again(carrier: SandboxCarrier, transport: TMForumTransport) -> None:
    carrier.behave(fail_status=409, fail_next=1)
    with pytest.raises(Later) as caught:
        transport.send(make_letter())
    assert (caught.value.reason, caught.value.ambiguous) == ("http_409", True)


def test_notes_are_added_and_each_only_once(carrier: SandboxCarrier, transport: TMForumTransport) -> None:
    ticket_id = transport.send(make_letter()).remote_id
    for key, text in [("n1", "A first thought."), ("n2", "A second one."), ("n1", "A first thought.")]:
        transport.send(make_letter("note", key=key, remote_id=ticket_id, text=text))
    assert [each["text"] for each in carrier.ticket(MEI_LINS_DISPUTE)["note"]] == ["A first thought.", "A second one."]


def test_a_note_finds_its_ticket_by_our_reference(carrier: SandboxCarrier, transport: TMForumTransport) -> None:
    transport.send(make_letter())
    transport.send(make_letter("note", remote_id="forgotten-by-the-carrier", text="Hello."))
    assert carrier.ticket(MEI_LINS_DISPUTE)["note"][0]["text"] == "Hello."


def test_withdrawing_cancels_the_ticket_however_often_it_is_sent(
    carrier: SandboxCarrier, transport: TMForumTransport
) -> None:
    ticket_id = transport.send(make_letter()).remote_id
    for maybe_sent in (False, True):
        assert (
            transport.send(make_letter("withdraw", remote_id=ticket_id, maybe_sent=maybe_sent)).remote_id == ticket_id
        )
    ticket = carrier.ticket(MEI_LINS_DISPUTE)
    assert (ticket["status"], len(ticket["statusChangeHistory"])) == ("cancelled", 2)


def test_an_answered_ticket_is_closed_and_cannot_be_withdrawn(
    carrier: SandboxCarrier, transport: TMForumTransport
) -> None:
    ticket_id = transport.send(make_letter()).remote_id
    carrier.move(ticket_id, "resolved", outcome="REMOVED")
    with pytest.raises(Refused) as caught:
        transport.send(make_letter("withdraw", remote_id=ticket_id))
    assert caught.value.reason == "http_409"
    transport.send(make_letter("close", remote_id=ticket_id))
    assert carrier.ticket(MEI_LINS_DISPUTE)["status"] == "closed"


def test_a_move_of_a_ticket_known_under_another_id(carrier: SandboxCarrier, transport: TMForumTransport) -> None:
    known = transport.send(make_letter())
    assert transport.send(make_letter("withdraw", remote_id="an-old-id")).remote_id == known.remote_id
    assert carrier.ticket(MEI_LINS_DISPUTE)["status"] == "cancelled"


@pytest.mark.parametrize("kind", ["note", "withdraw", "close"])
def test_a_carrier_that_lost_the_ticket_is_a_case_for_a_person(
    carrier: SandboxCarrier, transport: TMForumTransport, kind: str
) -> None:
    ticket_id = transport.send(make_letter()).remote_id
    carrier.reset()
    with pytest.raises(Refused) as caught:
        transport.send(make_letter(kind, remote_id=ticket_id, text="?"))
    assert caught.value.reason == "unknown_ticket"
    assert transport.poll(MEI_LINS_DISPUTE, ticket_id) == []


def test_polling_tells_the_state_and_recognises_a_repeat(carrier: SandboxCarrier, transport: TMForumTransport) -> None:
    ticket_id = transport.send(make_letter()).remote_id
    (first,) = transport.poll(MEI_LINS_DISPUTE, ticket_id)
    assert (first.kind, first.reference, first.remote_id) == ("acknowledged", MEI_LINS_DISPUTE, ticket_id)
    assert transport.poll(MEI_LINS_DISPUTE, ticket_id) == [first]
    assert transport.poll(MEI_LINS_DISPUTE, "") == [first]
    carrier.move(ticket_id, "resolved", outcome="CONFIRMED")
    (second,) = transport.poll(MEI_LINS_DISPUTE, ticket_id)
    assert (second.kind, second.outcome) == ("decided", "CONFIRMED")
    assert second.evidence["registered_on"] == "2019-05-14"
    assert second.event_id != first.event_id


def test_the_id_of_another_dispute_does_not_lead_to_its_ticket(
    carrier: SandboxCarrier, transport: TMForumTransport
) -> None:
    other = transport.send(contract.Envelope("create", "k", "OTHER-1", "", make_letter().payload)).remote_id
    assert transport.poll(MEI_LINS_DISPUTE, other) == []
    with pytest.raises(Refused):
        transport.send(make_letter("note", remote_id=other, text="Not for them."))
    assert "note" not in carrier.ticket("OTHER-1")


def test_an_earlier_doubt_survives_a_failure_of_the_search(
    carrier: SandboxCarrier, transport: TMForumTransport
) -> None:
    carrier.behave(fail_status=503, fail_next=1)
    with pytest.raises(Later) as caught:
        transport.send(make_letter(maybe_sent=True))
    assert caught.value.ambiguous
    assert carrier.tickets() == []


def test_a_kind_of_message_nobody_knows_is_refused(carrier: SandboxCarrier, transport: TMForumTransport) -> None:
    with pytest.raises(Refused) as caught:
        transport.send(make_letter("sing"))
    assert caught.value.reason == "unknown_kind"


def test_the_configuration_of_a_good_channel_is_well(transport: TMForumTransport) -> None:
    assert [finding.ok for finding in transport.check_config()] == [True, True]


@pytest.mark.parametrize(
    ("changes", "secret", "trouble"),
    [
        ({"base_url": ""}, "t", "settings"),
        ({"base_url": 7}, "t", "settings"),
        ({"base_url": "ftp://127.0.0.1/"}, "t", "not_https"),
        ({"base_url": "https://elsewhere.example/v5"}, "t", "host_not_allowed"),
        ({"timeout": "soon"}, "t", "settings"),
        ({}, "", "settings"),
        ({}, "wörd", "settings"),
        ({}, "two\nlines", "settings"),
        ({}, "a-wrong-token", "credentials"),
    ],
)
def test_what_is_wrong_with_a_configuration_is_said(
    carrier: SandboxCarrier, changes: dict[str, object], secret: str, trouble: str
) -> None:
    good = address_of(carrier)
    address = Address({**good.settings, **changes}, secret, good.allowed_hosts, insecure_loopback=True)
    *_, last = TMForumTransport(address).check_config()
    assert not last.ok
    assert last.detail.startswith(trouble)
    if secret != "":
        with pytest.raises(Misconfigured):
            TMForumTransport(address).send(make_letter())
    assert carrier.tickets() == []
