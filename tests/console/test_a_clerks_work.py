"""A clerk's work: the queue by due date, one dispute on one page, and only the legal moves."""

import pytest
from django.test import Client
from django.urls import reverse

from lookups.audit.models import AccessRecord
from lookups.disputes.models import Dispute
from lookups.disputes.states import State
from lookups.identity.models import Account

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "/console/disputes/dispute/"
ANSWER = {
    "outcome": "CONFIRMED",
    "answer_text": "The contract was signed at our outlet with a portrait match.",
    "registered_on": "2026-11-02",
    "channel": "outlet",
    "identity_check": "portrait",
    "document_kind": "identity card",
}


def page(dispute: Dispute, move: str = "change") -> str:
    return reverse(f"admin:disputes_dispute_{move}", args=[dispute.pk])


def test_the_queue_shows_what_is_due(as_eli: Client, at_eastern: Dispute) -> None:
    content = as_eli.get(QUEUE).content.decode()
    assert at_eastern.reference in content
    assert "working days left" in content


def test_the_page_shows_the_claim_and_the_whole_number(as_eli: Client, at_eastern: Dispute) -> None:
    content = as_eli.get(page(at_eastern)).content.decode()
    assert "Not me." in content
    assert "+86 138 1234 4471" in content


def test_from_acknowledging_to_an_answer(as_eli: Client, at_eastern: Dispute) -> None:
    for move, state in (("acknowledge", State.ACKNOWLEDGED), ("review", State.IN_REVIEW)):
        assert as_eli.post(page(at_eastern, move)).status_code == 302
        at_eastern.refresh_from_db()
        assert at_eastern.state == state
    assert as_eli.post(page(at_eastern, "answer"), ANSWER).status_code == 302
    at_eastern.refresh_from_db()
    assert (at_eastern.state, at_eastern.outcome, at_eastern.decided_by) == (State.DECIDED, "CONFIRMED", "carrier")
    assert at_eastern.evidence["identity_check"] == "portrait"


def test_a_question_goes_to_the_citizen(as_eli: Client, at_eastern: Dispute) -> None:
    as_eli.post(page(at_eastern, "ask"), {"question": "When did you lose the card?"})
    at_eastern.refresh_from_db()
    assert at_eastern.state == State.NEEDS_INFORMATION
    assert at_eastern.steps.last().note == "When did you lose the card?"


@pytest.mark.parametrize(
    ("change", "mark"),
    [
        ({"registered_on": ""}, "say what that rests on"),
        ({"identity_check": ""}, "say what that rests on"),
        ({"channel": ""}, "say what that rests on"),
        ({"document_kind": ""}, "say what that rests on"),
        ({"document_kind": "card 110105195102180014"}, "without its number"),
        ({"registered_on": "2036-01-01"}, "has not come yet"),
        ({"answer_text": ""}, "This field is required"),
        ({"outcome": "REMOVED"}, "verified the line"),
        ({"outcome": "NONSENSE"}, "Select a valid choice"),
        ({"answer_text": "x" * 1_000_000}, "at most 4000 characters"),
    ],
)
def test_an_answer_without_what_it_rests_on_is_refused_and_kept_on_the_page(
    as_eli: Client, at_eastern: Dispute, change: dict[str, str], mark: str
) -> None:
    """S24"""
    response = as_eli.post(page(at_eastern, "answer"), ANSWER | change)
    assert response.status_code == 200
    assert mark in response.content.decode()
    at_eastern.refresh_from_db()
    assert (at_eastern.state, at_eastern.outcome) == (State.HANDED_OVER, "")


def test_a_replayed_answer_changes_nothing(as_eli: Client, at_eastern: Dispute) -> None:
    as_eli.post(page(at_eastern, "answer"), ANSWER)
    response = as_eli.post(page(at_eastern, "answer"), ANSWER | {"answer_text": "Another."}, follow=True)
    assert "moved on" in response.content.decode()
    at_eastern.refresh_from_db()
    assert at_eastern.answer == ANSWER["answer_text"]
    assert at_eastern.steps.filter(after="decided").count() == 1


@pytest.mark.parametrize("move", ["acknowledge", "review", "ask", "answer"])
def test_a_get_moves_nothing(as_eli: Client, at_eastern: Dispute, move: str) -> None:
    assert as_eli.get(page(at_eastern, move)).status_code == 404
    at_eastern.refresh_from_db()
    assert at_eastern.state == State.HANDED_OVER


def test_every_view_leaves_an_access_record(as_eli: Client, eli: Account, at_eastern: Dispute) -> None:
    """S18"""
    before = AccessRecord.objects.count()
    as_eli.get(QUEUE)
    as_eli.get(page(at_eastern))
    rows = AccessRecord.objects.filter(actor=eli.pk).order_by("at")
    assert [(row.action, row.organisation) for row in rows] == [
        ("listed_disputes", "Eastern Link"),
        ("viewed_dispute", "Eastern Link"),
    ]
    assert AccessRecord.objects.count() == before + 2


def test_what_can_still_be_taken_back_is_not_shown(as_eli: Client, at_eastern: Dispute) -> None:
    Dispute.objects.update(state=State.WAITING)
    assert as_eli.get(page(at_eastern)).status_code == 404
    assert at_eastern.reference not in as_eli.get(QUEUE + "?show=all").content.decode()


def test_the_officer_rules_on_what_was_escalated(as_olga: Client, as_eli: Client, at_eastern: Dispute) -> None:
    """What the clerk says too late is before the officer, and decides nothing."""
    Dispute.objects.update(state=State.ESCALATED)
    assert "Answer late" in as_eli.get(page(at_eastern)).content.decode()
    assert as_eli.post(page(at_eastern, "answer"), ANSWER).status_code == 302
    at_eastern.refresh_from_db()
    assert (at_eastern.state, at_eastern.outcome) == (State.ESCALATED, "")
    seen = as_olga.get(page(at_eastern)).content.decode()
    assert ANSWER["answer_text"] in seen
    assert "Document shown: identity card" in seen

    removed = {"outcome": "REMOVED", "answer_text": "No contract was shown."}
    as_olga.post(page(at_eastern, "answer"), removed)
    at_eastern.refresh_from_db()
    assert (at_eastern.state, at_eastern.decided_by) == (State.DECIDED, "regulator")
