"""Our listener: whatever is not a carrier's own fresh event is refused, and nothing moves (S19, D13)."""

import json
import time
import uuid
from typing import Any

import pytest
from django.test import Client
from standardwebhooks import Webhook

from lookups.carriers import signatures
from lookups.carriers.models import Carrier
from lookups.disputes.models import Dispute, Handover, HandoverMessage, InboxEvent
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration

pytestmark = pytest.mark.django_db

SECRET = signatures.new_secret()
URL = "/tmf-api/troubleTicket/v5/carriers/northern/listener/troubleTicketStatusChangeEvent"


@pytest.fixture
def dispute(wei: Account, weis_line: Registration, northern: Carrier, file) -> Dispute:
    """Handed over to Northern as ticket NT-1."""
    dispute: Dispute = file(weis_line, wei)
    HandoverMessage.objects.update(state="sent", attempts=1)
    Handover.objects.update(remote_id="NT-1")
    Dispute.objects.update(state=State.HANDED_OVER)
    northern.channel.webhook_secret = SECRET
    northern.channel.save()
    return dispute


def body(reference: str, status: str = "inProgress", **ticket: Any) -> bytes:
    known = {"id": "NT-1", "status": status, "externalIdentifier": [{"owner": "registration-portal", "id": reference}]}
    return json.dumps({"eventTime": "2026-11-22T10:00:00Z", "event": {"troubleTicket": known | ticket}}).encode()


def send(
    content: bytes, *, secret: str = SECRET, event_id: str = "", at: float | None = None, url: str = URL, **headers: str
) -> Any:
    """Post an event as an independent implementation of Standard Webhooks signs it."""
    event_id = event_id or f"evt_{uuid.uuid4().hex}"
    moment = int(at or time.time())
    signature = signatures.sign(secret, message_id=event_id, timestamp=moment, body=content)
    known = {"webhook-id": event_id, "webhook-timestamp": str(moment), "webhook-signature": signature} | headers
    if not headers and at is None:
        Webhook(secret).verify(content, known)
    return Client().post(url, content, content_type="application/json", headers=known)


def assert_nothing_moved(dispute: Dispute) -> None:
    dispute.refresh_from_db()
    assert dispute.state == State.HANDED_OVER
    assert dispute.steps.count() == 1


def test_a_carriers_own_event_moves_its_dispute(dispute: Dispute) -> None:
    assert send(body(dispute.reference)).status_code == 204
    dispute.refresh_from_db()
    assert dispute.state == State.IN_REVIEW


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "no comma"},
        {"webhook-signature": "v1,!!!"},
        {"webhook-signature": ""},
        {"webhook-timestamp": "yesterday"},
        {"webhook-id": ""},
    ],
)
def test_a_bad_signature_is_401(dispute: Dispute, headers: dict[str, str]) -> None:
    response = send(body(dispute.reference), **headers)
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert_nothing_moved(dispute)
    assert not InboxEvent.objects.exists()


def test_somebody_elses_secret_is_401(dispute: Dispute) -> None:
    assert send(body(dispute.reference), secret=signatures.new_secret()).status_code == 401
    assert_nothing_moved(dispute)


@pytest.mark.parametrize("shift", [-400, 400])
def test_another_time_is_409(dispute: Dispute, shift: int) -> None:
    assert send(body(dispute.reference), at=time.time() + shift).status_code == 409
    assert_nothing_moved(dispute)


def test_a_replay_is_409_and_a_repetition_is_fine(dispute: Dispute) -> None:
    now = time.time()
    for at, answer in ((now, 204), (now, 409), (now + 10, 204)):
        assert send(body(dispute.reference), event_id="evt_1", at=at).status_code == answer
    assert InboxEvent.objects.count() == 1
    assert dispute.steps.filter(after="in_review").count() == 1


def test_both_secrets_count_during_a_rotation(dispute: Dispute, northern: Carrier) -> None:
    northern.channel.refresh_from_db()
    northern.channel.previous_webhook_secret = SECRET
    northern.channel.webhook_secret = signatures.new_secret()
    northern.channel.save()
    assert send(body(dispute.reference)).status_code == 204


def test_an_unknown_ticket_is_404_and_kept(dispute: Dispute) -> None:
    response = send(body("000-0000-0", id="NT-9"))
    assert response.status_code == 404
    assert InboxEvent.objects.get().reading == "unknown_ticket"
    assert_nothing_moved(dispute)


def test_another_carriers_ticket_is_404_and_kept(dispute: Dispute, western: Carrier) -> None:
    western.channel.webhook_secret = SECRET
    western.channel.save()
    response = send(body(dispute.reference), url=URL.replace("northern", "western"))
    assert response.status_code == 404
    entry = InboxEvent.objects.get()
    assert (entry.reading, entry.handover) == ("foreign_ticket", None)
    assert_nothing_moved(dispute)


def test_another_ticket_with_our_reference_changes_nothing(dispute: Dispute) -> None:
    assert send(body(dispute.reference, status="cancelled", id="NT-2")).status_code == 404
    assert_nothing_moved(dispute)


def test_a_carrier_that_does_not_exist_is_401() -> None:
    assert send(b"{}", url=URL.replace("northern", "nobody")).status_code == 401


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff\xfe", b"{", b'{"event": 1}', b'{"event": {"troubleTicket": []}}']
)
def test_what_cannot_be_read_is_422(dispute: Dispute, content: bytes) -> None:
    assert send(content, at=time.time()).status_code == 422
    assert_nothing_moved(dispute)


def test_a_body_that_is_too_long_is_413(dispute: Dispute) -> None:
    response = send(b" " * 300_000, at=time.time())
    assert response.status_code == 413
    assert_nothing_moved(dispute)


def test_a_get_is_405(dispute: Dispute) -> None:
    assert Client().get(URL).status_code == 405


def test_news_out_of_order_change_nothing(dispute: Dispute) -> None:
    send(body(dispute.reference, status="pending", statusChangeDate="2026-11-21T10:05:00Z"))
    send(body(dispute.reference, status="inProgress", statusChangeDate="2026-11-21T10:01:00Z"))
    dispute.refresh_from_db()
    assert dispute.state == State.NEEDS_INFORMATION
    assert InboxEvent.objects.filter(reading="late").count() == 1


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.CLOSED, State.ESCALATED, State.DECIDED])
def test_news_for_a_dispute_that_has_moved_on_are_kept_and_change_nothing(dispute: Dispute, state: str) -> None:
    Dispute.objects.update(state=state)
    assert send(body(dispute.reference)).status_code == 204
    dispute.refresh_from_db()
    assert dispute.state == state
    assert InboxEvent.objects.get().reading == "late"


@pytest.mark.parametrize("status", ["cancelled", "rejected", "closed", "resolved", "somethingElse"])
def test_an_end_without_an_outcome_needs_a_person_and_the_clock_runs_on(dispute: Dispute, status: str) -> None:
    due = dispute.answer_by
    assert send(body(dispute.reference, status=status)).status_code == 204
    dispute.refresh_from_db()
    assert (dispute.state, dispute.outcome, dispute.answer_by) == (State.PERSON_NEEDED, "", due)


def test_confirmed_without_its_evidence_is_no_answer(dispute: Dispute) -> None:
    """S24"""
    said = [{"name": "outcome", "value": "CONFIRMED"}, {"name": "answer", "value": "It is yours."}]
    send(body(dispute.reference, status="resolved", troubleTicketCharacteristic=said))
    dispute.refresh_from_db()
    assert (dispute.state, dispute.outcome) == (State.PERSON_NEEDED, "")


def resolved(reference: str, outcome: str, **ticket: Any) -> bytes:
    said = [{"name": "outcome", "value": outcome}, {"name": "answer", "value": "It is not our number."}]
    return body(reference, status="resolved", troubleTicketCharacteristic=said, **ticket)


def test_misrouted_said_twice_is_taken_once(dispute: Dispute) -> None:
    for event_id in ("evt_pushed", "evt_polled"):
        assert send(resolved(dispute.reference, "MISROUTED"), event_id=event_id).status_code == 204
    dispute.refresh_from_db()
    assert (dispute.state, dispute.outcome) == (State.PERSON_NEEDED, "")
    assert dispute.steps.filter(after=State.PERSON_NEEDED).count() == 1


def test_a_late_answer_to_what_the_regulator_has_is_kept_and_changes_nothing(dispute: Dispute) -> None:
    Dispute.objects.update(state=State.ESCALATED)
    assert send(resolved(dispute.reference, "REMOVED")).status_code == 204
    dispute.refresh_from_db()
    assert (dispute.state, dispute.outcome) == (State.ESCALATED, "")
    assert InboxEvent.objects.get().reading == "late"


def test_a_ticket_that_we_never_sent_is_unknown(dispute: Dispute) -> None:
    HandoverMessage.objects.update(state="due", attempts=0)
    assert send(body(dispute.reference)).status_code == 404
    assert_nothing_moved(dispute)


def test_an_event_that_came_too_early_is_taken_when_it_comes_again(dispute: Dispute) -> None:
    HandoverMessage.objects.update(state="due", attempts=0)
    now = time.time()
    assert send(body(dispute.reference), event_id="evt_early", at=now).status_code == 404
    HandoverMessage.objects.update(attempts=1)
    assert send(body(dispute.reference), event_id="evt_early", at=now + 5).status_code == 204
    dispute.refresh_from_db()
    assert dispute.state == State.IN_REVIEW


def test_the_same_question_under_another_id_is_not_asked_again(dispute: Dispute) -> None:
    asked = {"status": "pending", "statusChangeDate": "2026-11-21T10:05:00Z"}
    send(body(dispute.reference, **asked))
    Dispute.objects.update(state=State.IN_REVIEW)
    assert send(body(dispute.reference, **asked)).status_code == 204
    dispute.refresh_from_db()
    assert dispute.state == State.IN_REVIEW


def test_a_time_in_the_future_does_not_silence_what_is_true_later(dispute: Dispute) -> None:
    send(body(dispute.reference, status="pending", statusChangeDate="2096-01-01T00:00:00Z"))
    send(body(dispute.reference, status="inProgress", statusChangeDate="2096-01-02T00:00:00Z"))
    dispute.refresh_from_db()
    assert dispute.state == State.IN_REVIEW


@pytest.mark.parametrize("change", [{"id": "NT\x00-1"}, {"externalIdentifier": [{"id": "K7M\x00"}]}])
def test_an_identifier_that_cannot_be_printed_is_422(dispute: Dispute, change: dict[str, Any]) -> None:
    assert send(body(dispute.reference, **change)).status_code == 422
    assert_nothing_moved(dispute)


def test_a_long_event_id_is_taken(dispute: Dispute) -> None:
    assert send(body(dispute.reference), event_id="e" * 256).status_code == 204
