"""The sandbox carrier as a TMF621 v5 server: what a carrier's engineer may rely on."""

from typing import Any

import pytest

from lookups.carriers.sandbox import answers, behaviour
from lookups.carriers.transports import contract
from lookups.carriers.transports import tmforum_mapping as mapping
from tests.carriers.letters import MEI_LINS_DISPUTE, MEI_LINS_NUMBER, make_letter
from tests.carriers.schemas import check, needs_schema
from tests.doubles.sandbox import SandboxCarrier, wait_until

TICKETS = "/tmf-api/troubleTicket/v5/troubleTicket"
HUB = "/tmf-api/troubleTicket/v5/hub"
MERGE = {"Content-Type": "application/merge-patch+json"}


def ticket(**changes: Any) -> dict[str, Any]:
    return mapping.ticket_for(make_letter()) | changes


def create(carrier: SandboxCarrier, key: str = "", **changes: Any) -> dict[str, Any]:
    status, _, created = carrier.request("POST", TICKETS, ticket(**changes), {"Idempotency-Key": key} if key else {})
    assert status == 201
    return dict(created)


@needs_schema
def test_its_tickets_and_errors_are_within_the_published_schema(carrier: SandboxCarrier) -> None:
    created = create(carrier)
    check(created, "TroubleTicket_RES")
    check(carrier.move(created["id"], "resolved", outcome="CONFIRMED"), "TroubleTicket_RES")
    check(carrier.request("GET", f"{TICKETS}/unknown")[2], "Error")
    check(carrier.request("POST", HUB, {"callback": "http://127.0.0.1:9/x"})[2], "Hub")


def test_a_new_ticket_is_acknowledged_at_once(carrier: SandboxCarrier) -> None:
    status, headers, created = carrier.request("POST", TICKETS, ticket())
    assert (status, created["status"]) == (201, "acknowledged")
    assert headers["location"] == created["href"] == f"{carrier.base_url}/troubleTicket/{created['id']}"
    assert carrier.request("GET", f"{TICKETS}/{created['id']}")[2] == created


def test_no_token_or_a_wrong_one_is_401_everywhere(carrier: SandboxCarrier) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}):
        for method, path in [("POST", TICKETS), ("GET", TICKETS), ("GET", "/sandbox/tickets"), ("GET", "/nowhere")]:
            status, _, error = carrier.request(method, path, ticket() if method == "POST" else None, headers)
            assert (status, error["@type"]) == (401, "Error")
    assert carrier.tickets() == []
    assert carrier.request("GET", "/livez", headers={"Authorization": ""})[0] == 200


@pytest.mark.parametrize(
    "bad",
    [
        [],
        "ticket",
        ticket(description=None),
        ticket(severity=""),
        ticket(ticketType=7),
        {key: value for key, value in ticket().items() if key != "@type"},
        ticket(id="mine"),
        ticket(status="resolved"),
        ticket(externalIdentifier={"id": "R"}),
        ticket(externalIdentifier=[{"@type": "ExternalIdentifier"}]),
        ticket(troubleTicketCharacteristic=[{"@type": "StringCharacteristic", "name": "reason"}]),
        ticket(note=["Hello"]),
    ],
)
def test_a_ticket_outside_the_schema_is_400_and_not_kept(carrier: SandboxCarrier, bad: Any) -> None:
    status, _, error = carrier.request("POST", TICKETS, bad)
    assert (status, error["status"]) == (400, "400")
    assert carrier.tickets() == []


def test_an_idempotency_key_names_one_request(carrier: SandboxCarrier) -> None:
    first = create(carrier, "key-1")
    assert create(carrier, "key-1") == first
    assert carrier.request("POST", TICKETS, ticket(severity="minor"), {"Idempotency-Key": "key-1"})[0] == 422
    assert create(carrier, "key-2")["id"] != first["id"]
    assert len(carrier.tickets()) == 2


def test_the_list_is_filtered_and_paged(carrier: SandboxCarrier) -> None:
    for number in range(5):
        create(carrier, externalIdentifier=[{"@type": "ExternalIdentifier", "id": f"R-{number % 2}"}])
    status, headers, found = carrier.request(
        "GET", f"{TICKETS}?externalIdentifier.id=R-0&offset=1&limit=1&fields=status"
    )
    assert status == 200
    assert (headers["x-total-count"], headers["x-result-count"]) == ("3", "1")
    assert [set(each) for each in found] == [{"@type", "id", "href", "status"}]
    assert carrier.request("GET", f"{TICKETS}?status=resolved")[2] == []
    assert carrier.request("GET", f"{TICKETS}?limit=many")[0] == 400


def test_a_merge_patch_changes_what_it_names(carrier: SandboxCarrier) -> None:
    path = f"{TICKETS}/{create(carrier)['id']}"
    status, _, patched = carrier.request("PATCH", path, {"severity": "minor", "requestedResolutionDate": None}, MERGE)
    assert (status, patched["severity"], patched["status"]) == (200, "minor", "acknowledged")
    assert "requestedResolutionDate" not in patched
    for bad in ([], {"id": "x"}, {"statusChangeHistory": []}, {"severity": None}, {"note": "Hello"}):
        assert carrier.request("PATCH", path, bad, MERGE)[0] == 400
    assert carrier.request("PATCH", path, {}, {"Content-Type": "application/json-patch+json"})[0] == 415
    assert carrier.request("GET", path)[2] == patched


@pytest.mark.parametrize(
    ("before", "wanted", "answer"),
    [
        ("acknowledged", "cancelled", 200),
        ("pending", "cancelled", 200),
        ("cancelled", "cancelled", 200),
        ("resolved", "closed", 200),
        ("resolved", "cancelled", 409),
        ("inProgress", "closed", 409),
        ("acknowledged", "resolved", 409),
        ("closed", "inProgress", 409),
    ],
)
def test_an_originator_cancels_open_tickets_and_closes_resolved_ones(
    carrier: SandboxCarrier, before: str, wanted: str, answer: int
) -> None:
    ticket_id = create(carrier)["id"]
    carrier.move(ticket_id, before)
    assert carrier.request("PATCH", f"{TICKETS}/{ticket_id}", {"status": wanted}, MERGE)[0] == answer
    assert carrier.ticket(MEI_LINS_DISPUTE)["status"] == (wanted if answer == 200 else before)


def test_a_note_gives_the_information_that_was_asked_for(carrier: SandboxCarrier) -> None:
    ticket_id = create(carrier)["id"]
    carrier.move(ticket_id, "pending", answer="Which city?")
    note = {"note": [{"@type": "Note", "text": "None of them."}]}
    assert carrier.request("PATCH", f"{TICKETS}/{ticket_id}", note, MERGE)[2]["status"] == "inProgress"


def test_a_ticket_is_answered_after_a_while_by_itself(carrier: SandboxCarrier) -> None:
    carrier.behave(answer_after=0.1, outcomes=["TRANSFERRED"])
    create(carrier)
    answered = wait_until(lambda: next((each for each in carrier.tickets() if each["status"] == "resolved"), None))
    assert [each["status"] for each in answered["statusChangeHistory"]] == ["acknowledged", "inProgress", "resolved"]
    event = mapping.event_from(answered)
    assert (event.kind, event.outcome) == (contract.DECIDED, "TRANSFERRED")
    assert event.message


def test_a_cancelled_ticket_is_not_answered(carrier: SandboxCarrier) -> None:
    carrier.behave(answer_after=0.1)
    ticket_id = create(carrier)["id"]
    carrier.request("PATCH", f"{TICKETS}/{ticket_id}", {"status": "cancelled"}, MERGE)
    second = create(carrier)["id"]
    wait_until(lambda: {each["id"]: each["status"] for each in carrier.tickets()}[second] == "resolved")
    assert carrier.tickets()[0]["status"] == "cancelled"


def test_by_hand_a_ticket_goes_anywhere_with_any_answer(carrier: SandboxCarrier) -> None:
    ticket_id = create(carrier)["id"]
    moved = carrier.move(
        ticket_id, "resolved", outcome="CONFIRMED", answer="It is yours.", evidence={"evidence.channel": "online"}
    )
    event = mapping.event_from(moved)
    assert (event.outcome, event.message, event.evidence) == ("CONFIRMED", "It is yours.", {"channel": "online"})
    assert mapping.event_from(carrier.move(ticket_id, "rejected")).kind == contract.PERSON_NEEDED
    for path, body in [("unknown", {"status": "held"}), (ticket_id, {"status": "x"}), (ticket_id, {"outcome": "x"})]:
        assert carrier.request("POST", f"/sandbox/tickets/{path}/move", body)[0] in (400, 404)


@pytest.mark.parametrize(
    "bad", [{"slowly": 1}, {"slow": -1}, {"slow": "1"}, {"repeat_events": True}, {"outcomes": ["X"]}]
)
def test_a_switch_that_cannot_be_changes_nothing(carrier: SandboxCarrier, bad: dict[str, Any]) -> None:
    before = carrier.behaviour()
    assert carrier.request("POST", "/sandbox/behaviour", {"redirect": 3} | bad)[0] == 400
    assert carrier.behaviour() == before


def test_a_share_of_failures_is_about_that_share(carrier: SandboxCarrier) -> None:
    carrier.behave(fail_status=503, fail_share=0.3)
    failed = sum(carrier.request("GET", f"{TICKETS}?limit=0")[0] == 503 for _ in range(200))
    assert 30 <= failed <= 90


def test_the_rule_of_its_answers_reaches_every_outcome() -> None:
    numbers = [f"{MEI_LINS_NUMBER[:-1]}{digit}" for digit in range(10)]
    reasons = [
        "never_mine",
        "cancel",
        "already_cancelled",
        "given_away",
        "wrong_details",
        "lost_document",
        "unheard_of",
    ]
    met = {answers.outcome_for(reason, number) for reason in reasons for number in numbers}
    assert met == set(behaviour.OUTCOMES) == contract.OUTCOMES
    assert all(answers.words_for(outcome) for outcome in met)
    assert answers.evidence_for("CONFIRMED", {})
    assert answers.outcome_for("never_mine", "") in met
