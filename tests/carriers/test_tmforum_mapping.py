"""TMF621 and our words: what we send is within the published schema, what we receive is read leniently."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookups.carriers.transports import contract
from lookups.carriers.transports import tmforum_mapping as mapping
from tests.carriers.letters import MEI_LINS_DISPUTE, MEI_LINS_NUMBER, make_letter
from tests.carriers.schemas import attributes, check, needs_schema


def ticket(status: str = "acknowledged", **more: Any) -> dict[str, Any]:
    """A ticket as a carrier would send it."""
    identifier = {"@type": "ExternalIdentifier", "owner": mapping.OWNER, "id": MEI_LINS_DISPUTE}
    return {"id": "77", "status": status, "externalIdentifier": [identifier], **more}


def saying(**said: str) -> list[dict[str, str]]:
    return [{"@type": "StringCharacteristic", "name": name, "value": value} for name, value in said.items()]


@needs_schema
def test_the_ticket_we_create_is_within_the_published_schema() -> None:
    created = json.loads(json.dumps(mapping.ticket_for(make_letter())))
    check(created, "TroubleTicket_FVO")
    assert set(created) <= attributes("TroubleTicket_FVO")
    for each in created["troubleTicketCharacteristic"]:
        check(each, "StringCharacteristic_FVO")
        assert set(each) <= attributes("StringCharacteristic_FVO")
    for each in created["externalIdentifier"]:
        check(each, "ExternalIdentifier_FVO")


@needs_schema
def test_the_patches_we_send_are_within_the_published_schema() -> None:
    check(mapping.status_patch("cancelled", "Withdrawn."), "TroubleTicket_MVO")
    check(
        {"@type": "TroubleTicket", "note": [mapping.note_for(make_letter("note", text="Hello"))]}, "TroubleTicket_MVO"
    )
    check(mapping.note_for(make_letter("note", text="Hello")), "Note_MVO")


@needs_schema
def test_a_ticket_without_optional_values_has_no_empty_ones() -> None:
    letter = contract.Envelope("create", "k", "R", "", {"reason": "cancel", "phone_number": MEI_LINS_NUMBER})
    created = mapping.ticket_for(letter)
    check(created, "TroubleTicket_FVO")
    assert [each["name"] for each in created["troubleTicketCharacteristic"]] == ["reason", "phoneNumber"]
    assert "requestedResolutionDate" not in created


def test_a_date_to_answer_by_becomes_the_end_of_that_day() -> None:
    created = mapping.ticket_for(make_letter(answer_by="2026-03-15"))
    assert created["requestedResolutionDate"] == "2026-03-15T23:59:59Z"


def test_no_personal_data_outside_the_characteristics() -> None:
    created = mapping.ticket_for(make_letter())
    del created["troubleTicketCharacteristic"]
    assert "1234" not in json.dumps(created)
    assert "photographed" not in json.dumps(created)


REMOVED = saying(outcome="REMOVED", answer="It is gone.")


@pytest.mark.parametrize(
    ("given_ticket", "kind", "outcome"),
    [
        (ticket("acknowledged"), contract.ACKNOWLEDGED, ""),
        (ticket("inProgress"), contract.IN_REVIEW, ""),
        (ticket("in_progress"), contract.IN_REVIEW, ""),
        (ticket("held"), contract.IN_REVIEW, ""),
        (ticket("pending"), contract.NEEDS_INFORMATION, ""),
        (ticket("resolved", troubleTicketCharacteristic=REMOVED), contract.DECIDED, "REMOVED"),
        (ticket("Resolved", troubleTicketCharacteristic=saying(outcome=" removed ")), contract.DECIDED, "REMOVED"),
        (ticket("resolved"), contract.PERSON_NEEDED, ""),
        (ticket("resolved", troubleTicketCharacteristic=saying(outcome="FIXED")), contract.PERSON_NEEDED, ""),
        (ticket("closed", troubleTicketCharacteristic=REMOVED), contract.PERSON_NEEDED, ""),
        (
            ticket("closed", troubleTicketCharacteristic=REMOVED, resolutionDate="2026-03-05T10:00:00Z"),
            contract.DECIDED,
            "REMOVED",
        ),
        (
            ticket("closed", troubleTicketCharacteristic=REMOVED, statusChangeHistory=[{"status": "resolved"}]),
            contract.DECIDED,
            "REMOVED",
        ),
        (ticket("closed", resolutionDate="2026-03-05T10:00:00Z"), contract.PERSON_NEEDED, ""),
        (ticket("cancelled", troubleTicketCharacteristic=REMOVED), contract.PERSON_NEEDED, ""),
        (ticket("rejected"), contract.PERSON_NEEDED, ""),
        (ticket("sleeping"), contract.PERSON_NEEDED, ""),
        ({"id": "77"}, contract.PERSON_NEEDED, ""),
        ({}, contract.PERSON_NEEDED, ""),
    ],
)
def test_each_status_has_one_meaning(given_ticket: dict[str, Any], kind: str, outcome: str) -> None:
    event = mapping.event_from(given_ticket)
    assert (event.kind, event.outcome) == (kind, outcome)


def test_answer_evidence_and_time_are_read() -> None:
    said = saying(
        outcome="CONFIRMED",
        answer="The contract is signed.",
        **{"evidence.registeredOn": "2019-05-14", "evidence.documentKind": "passport", "evidence.mood": "good"},
    )
    said.append({"@type": "IntegerCharacteristic", "name": "evidence.outlet", "value": 7})  # type: ignore[dict-item]
    event = mapping.event_from(
        ticket("resolved", troubleTicketCharacteristic=said, statusChangeDate="2026-03-05T10:00:00+08:00"), "evt-1"
    )
    assert event.event_id == "evt-1"
    assert event.reference == MEI_LINS_DISPUTE
    assert event.message == "The contract is signed."
    assert event.evidence == {"registered_on": "2019-05-14", "document_kind": "passport"}
    assert event.occurred_at == datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
    assert "signed" not in repr(event)


def test_a_reference_of_somebody_else_is_not_ours() -> None:
    theirs = {"owner": "crm", "id": "C-1"}
    assert mapping.reference_of({"externalIdentifier": [theirs]}) == ""
    assert mapping.reference_of({"externalIdentifier": [theirs, {"id": "R-1"}]}) == "R-1"


def test_pushed_and_polled_events_are_on_one_clock() -> None:
    told_at = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
    changed = ticket(statusChangeDate="2026-03-05T10:00:00Z", lastUpdate="2026-03-05T11:00:00Z")
    assert mapping.event_from(changed, "evt-1", told_at).occurred_at == mapping.event_from(changed).occurred_at
    assert mapping.event_from(ticket(), "evt-1", told_at).occurred_at == told_at


def test_a_polled_event_has_the_same_id_until_the_ticket_changes() -> None:
    same = mapping.event_from(ticket(lastUpdate="2026-03-05T10:00:00Z"))
    assert mapping.event_from(ticket(lastUpdate="2026-03-05T10:00:00Z")).event_id == same.event_id
    for changed in (
        ticket(lastUpdate="2026-03-05T10:00:01Z"),
        ticket("held", lastUpdate="2026-03-05T10:00:00Z"),
        ticket(lastUpdate="2026-03-05T10:00:00Z", id="78"),
        ticket(lastUpdate="2026-03-05T10:00:00Z", troubleTicketCharacteristic=saying(answer="Hm.")),
    ):
        assert mapping.event_from(changed).event_id != same.event_id


@pytest.mark.parametrize(
    "unreadable",
    [
        [],
        "ticket",
        None,
        ticket(status=7),  # type: ignore[arg-type]
        ticket(id=7),
        ticket(id=".."),
        ticket(id="a\nb"),
        ticket(id="x" * 201),
        ticket(externalIdentifier={"id": "R"}),
        ticket(externalIdentifier=["R"]),
        ticket(troubleTicketCharacteristic="outcome"),
        ticket(statusChangeReason=["because"]),
        ticket(lastUpdate=5),
    ],
)
def test_values_of_a_wrong_type_are_unreadable(unreadable: Any) -> None:
    with pytest.raises(mapping.UnreadableTicket):
        mapping.event_from(unreadable)


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01T00:00:00Z", "٢٠٢٦", ""])
def test_a_date_that_is_none_is_left_out(date: str) -> None:
    assert mapping.event_from(ticket(statusChangeDate=date)).occurred_at is None


_NAMES = st.sampled_from(["id", "status", "externalIdentifier", "troubleTicketCharacteristic", "lastUpdate", "note"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | st.sampled_from(["name", "value"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(_NAMES, _JSON))
def test_no_json_whatever_does_anything_but_become_an_event_or_unreadable(given_ticket: dict[str, Any]) -> None:
    try:
        event = mapping.event_from(given_ticket)
    except mapping.UnreadableTicket:
        return
    assert event.outcome in {"", *contract.OUTCOMES}


def test_the_right_carrier_is_read() -> None:
    said = {"name": "rightCarrier", "value": " Western "}
    ticket = {"id": "NT-1", "status": "resolved", "troubleTicketCharacteristic": [said]}
    assert mapping.event_from(ticket).right_carrier == "western"
    assert mapping.event_from(ticket | {"troubleTicketCharacteristic": []}).right_carrier == ""
