"""Each reason has its own short path: one question a page, back works, nothing typed is lost."""

import re

import pytest
from django.test import Client

from lookups.disputes.models import Dispute, Draft, HandoverMessage, Reason
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import sign_in
from tests.disputes.filing_pages import ANSWERS, answer, fill_in, page_of, send
from tests.overview.pages import words

pytestmark = pytest.mark.django_db


def pages(reason: str) -> list[str]:
    return ["reason", *ANSWERS[reason], "statement", "evidence", "review"]


def text_of(client: Client, line: Registration, page: str) -> str:
    return client.get(page_of(line, page)).content.decode()


@pytest.mark.parametrize("reason", Reason.values)
def test_each_page_leads_to_the_next_and_back(as_wei: Client, weis_line: Registration, reason: str) -> None:
    path = pages(reason)
    given = {"reason": reason, **ANSWERS[reason], "statement": "My words."}
    for before, page, after in zip(["", *path], path[:-2], path[1:], strict=False):
        shown = text_of(as_wei, weis_line, page)
        assert shown.count("<h1") == 1
        if before:
            assert f'href="{page_of(weis_line, before)}"' in shown
        assert answer(as_wei, weis_line, **{page: given[page]}) == page_of(weis_line, after)
    assert f'href="{page_of(weis_line, "review")}"' in text_of(as_wei, weis_line, "evidence")
    assert not Dispute.objects.exists()


@pytest.mark.parametrize("reason", Reason.values)
def test_the_answers_reach_the_carrier_in_words(as_wei: Client, weis_line: Registration, reason: str) -> None:
    fill_in(as_wei, weis_line, reason, statement="My own words.")
    review = words(as_wei.get(page_of(weis_line, "review")))
    send(as_wei, weis_line)
    dispute = Dispute.objects.get()
    assert dispute.particulars == ANSWERS[reason]
    told = HandoverMessage.objects.get(kind="create").payload["statement"]
    page = words(as_wei.get(dispute.get_absolute_url()))
    for line in told.split("\n\n")[0].splitlines():
        label, _colon, said = line.partition(": ")
        assert said in page
        assert f"{label} {said}" in review
    assert told.endswith("My own words.")
    assert len(told.split("\n\n")[0].splitlines()) == len(ANSWERS[reason])


def test_going_back_shows_what_was_answered(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line, "already_cancelled", statement="In the shop on Renmin Road.")
    assert re.search(r'value="already_cancelled"[^>]*checked', text_of(as_wei, weis_line, "reason"))
    assert 'value="March 2024"' in text_of(as_wei, weis_line, "cancelled_when")
    assert re.search(r'value="outlet"[^>]*checked', text_of(as_wei, weis_line, "cancelled_how"))
    assert "In the shop on Renmin Road." in text_of(as_wei, weis_line, "statement")


@pytest.mark.parametrize("page", ["cancelled_when", "cancelled_how", "statement"])
def test_what_is_changed_from_the_review_comes_back_to_it(as_wei: Client, weis_line: Registration, page: str) -> None:
    review = fill_in(as_wei, weis_line, "already_cancelled")
    change = f"{page_of(weis_line, page)}?change"
    assert f'href="{change}"' in as_wei.get(review).content.decode()
    given = {"cancelled_how": "phone"}.get(page, "Changed words")
    assert as_wei.post(change, {page: given}).url == review
    assert {"cancelled_how": "By phone"}.get(page, "Changed words") in words(as_wei.get(review))


def test_another_reason_asks_its_own_questions_and_forgets_no_words(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line, "never_mine", statement="Kept words.")
    where = as_wei.post(f"{page_of(weis_line)}?change", {"reason": "given_away"}).url
    assert where == page_of(weis_line, "given_to")
    answer(as_wei, weis_line, given_to="stranger")
    review = words(as_wei.get(page_of(weis_line, "review")))
    assert "Kept words." in review
    assert "family" not in review, "an answer to a question of the other reason"
    send(as_wei, weis_line)
    assert Dispute.objects.get().particulars == {"given_to": "stranger"}


@pytest.mark.parametrize("reason", Reason.values)
def test_the_review_cannot_be_reached_past_a_question(as_wei: Client, weis_line: Registration, reason: str) -> None:
    assert as_wei.get(page_of(weis_line, "review")).url == page_of(weis_line)
    answer(as_wei, weis_line, reason=reason)
    asked = as_wei.get(page_of(weis_line, "review"))
    needed = {"already_cancelled": "cancelled_how"}.get(reason, next(iter(ANSWERS[reason])))
    assert asked.url == page_of(weis_line, needed)
    assert as_wei.post(page_of(weis_line, "review")).url == page_of(weis_line, needed)
    assert not Dispute.objects.exists()


def test_what_has_to_be_said_is_asked_for(as_wei: Client, weis_line: Registration) -> None:
    answer(as_wei, weis_line, reason="wrong_details")
    assert "Choose at least one." in words(as_wei.post(page_of(weis_line, "wrong_what"), {}))
    answer(as_wei, weis_line, wrong_what=["plan"])
    assert "Write at least a sentence." in words(as_wei.post(page_of(weis_line, "statement"), {"statement": " "}))
    assert as_wei.get(page_of(weis_line, "review")).url == page_of(weis_line, "statement")


def test_a_page_of_another_reasons_path_leads_back_to_this_one(as_wei: Client, weis_line: Registration) -> None:
    answer(as_wei, weis_line, reason="cancel")
    for method in (as_wei.get, as_wei.post):
        assert method(page_of(weis_line, "given_to"), {"given_to": "stranger"}).url == page_of(weis_line, "used_by")
    assert "given_to" not in Draft.objects.get().content


def test_s12_reading_it_once_more_needs_a_fresh_factor(wei: Account, weis_line: Registration) -> None:
    client = sign_in(Client(), wei, stepped_up=False)
    fill_in(client, weis_line)
    assert client.get(page_of(weis_line, "review")).url.startswith("/sign-in/again/")
    assert client.post(page_of(weis_line, "review"), {"version": "x"}).url.startswith("/sign-in/again/")
    assert not Dispute.objects.exists()
    assert Draft.objects.get().content["family"] == "nobody"


def test_a_draft_is_kept_sealed_and_not_in_the_session(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line, statement="Words of mine.")
    assert b"Words of mine" not in Draft.objects.values_list("content", flat=True).get().blob
    assert "Words of mine" not in str(dict(as_wei.session))
