"""The citizen's pages about a dispute, from the card to the outcome, and every door that stays shut."""

import pytest
from django.test import Client
from pytest_django import Settings

from lookups.disputes.models import Dispute, Draft
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import sign_in
from tests.disputes.filing_pages import answer, fill_in, page_of, send, version_of

pytestmark = pytest.mark.django_db

PAGES = ("others", "family", "statement", "evidence", "warning", "no-such-page")
CLAIM = {"reason": "never_mine", "statement": "I have never been to Liuzhou."}


@pytest.fixture(autouse=True)
def undo(settings: Settings) -> None:
    settings.PORTAL_UNDO_SECONDS = 60


def file_url(line: Registration) -> str:
    return f"/numbers/{line.pk}/dispute/"


def review_url(line: Registration) -> str:
    return f"/numbers/{line.pk}/dispute/review/"


def test_from_the_card_to_the_reference(as_wei: Client, weis_line: Registration) -> None:
    assert as_wei.get(file_url(weis_line)).status_code == 200
    fill_in(as_wei, weis_line, **CLAIM)
    review = as_wei.get(review_url(weis_line)).content.decode()
    assert "I have never been to Liuzhou." in review
    assert "+86 138 •••• 4471" in review
    filed = send(as_wei, weis_line)
    dispute = Dispute.objects.get()
    assert filed.url == f"/disputes/{dispute.reference}/"
    page = as_wei.get(filed.url)
    assert dispute.reference in page.content.decode()
    assert not Draft.objects.exists()


def test_nothing_typed_is_lost_when_a_fresh_code_is_needed(wei: Account, weis_line: Registration) -> None:
    """S12: the review needs a factor of the last five minutes; the words wait, sealed."""
    client = sign_in(Client(), wei, stepped_up=False)
    fill_in(client, weis_line, **CLAIM)
    response = client.get(review_url(weis_line))
    assert response.status_code == 302
    assert response.url.startswith("/sign-in/again/")
    assert client.post(review_url(weis_line)).status_code == 302
    assert not Dispute.objects.exists()

    sign_in(client, wei)
    assert "I have never been to Liuzhou." in client.get(review_url(weis_line)).content.decode()


def test_a_form_without_a_reason_says_so(as_wei: Client, weis_line: Registration) -> None:
    response = as_wei.post(file_url(weis_line), {})
    assert response.status_code == 200
    assert "Choose what is wrong with this number." in response.content.decode()
    assert not Draft.objects.exists()


def test_a_million_characters_are_too_many(as_wei: Client, weis_line: Registration) -> None:
    answer(as_wei, weis_line, reason="cancel")
    response = as_wei.post(page_of(weis_line, "statement"), {"statement": "x" * 900_000})
    assert "too long" in response.content.decode()
    assert "statement" not in Draft.objects.get().content


def test_a_replayed_form_leads_to_the_dispute_that_is_there(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line, **CLAIM)
    form = {"version": version_of(as_wei, weis_line)}
    first = as_wei.post(review_url(weis_line), form)
    again = as_wei.post(review_url(weis_line), form)
    assert again.url == first.url
    assert Dispute.objects.count() == 1


def test_somebody_elses_number_is_a_404(as_mei: Client, weis_line: Registration) -> None:
    """S14"""
    for url in (file_url(weis_line), review_url(weis_line), *(page_of(weis_line, one) for one in PAGES)):
        assert as_mei.get(url).status_code == 404
        assert as_mei.post(url, CLAIM).status_code == 404
    assert not Dispute.objects.exists()
    assert not Draft.objects.exists()


@pytest.mark.parametrize("page", ["", "withdraw/", "go-on/", "send-now/", "close/", "appeal/", "reply/"])
def test_somebody_elses_dispute_is_a_404(
    as_mei: Client, wei: Account, weis_line: Registration, file, page: str
) -> None:
    """S14"""
    dispute = file(weis_line, wei, undo=60)
    url = f"/disputes/{dispute.reference}/{page}"
    answers = {as_mei.post(url).status_code, as_mei.get(url).status_code}
    assert answers <= {404, 405}
    dispute.refresh_from_db()
    assert dispute.state == State.WAITING


def test_taking_it_back_asks_once(as_wei: Client, wei: Account, weis_line: Registration, file) -> None:
    dispute = file(weis_line, wei, undo=60)
    assert "never hear of it" in as_wei.get(f"/disputes/{dispute.reference}/withdraw/").content.decode()
    as_wei.post(f"/disputes/{dispute.reference}/withdraw/")
    dispute.refresh_from_db()
    assert dispute.state == State.CANCELLED


def test_a_stale_page_says_where_the_dispute_stands(
    as_wei: Client, wei: Account, weis_line: Registration, file
) -> None:
    dispute = file(weis_line, wei, undo=60)
    Dispute.objects.update(state=State.CLOSED)
    response = as_wei.post(f"/disputes/{dispute.reference}/send-now/", follow=True)
    assert "not possible any more" in response.content.decode()


@pytest.mark.parametrize("state", list(State))
def test_the_page_of_a_dispute_reads_well_in_every_state(
    as_wei: Client, wei: Account, weis_line: Registration, file, state: str
) -> None:
    dispute = file(weis_line, wei, undo=60)
    Dispute.objects.update(state=state)
    if state in (State.DECIDED, State.CLOSED):
        dispute.outcome, dispute.decided_by, dispute.answer = "CONFIRMED", "carrier", "You signed."
        dispute.evidence = {"registered_on": "2026-11-02"}
        dispute.save(update_fields=["outcome", "decided_by", "answer", "evidence"])
    response = as_wei.get(f"/disputes/{dispute.reference}/")
    assert response.status_code == 200
    assert "%(" not in response.content.decode()
    listed = as_wei.get("/disputes/").content.decode()
    assert dispute.reference in listed


def test_the_citizens_own_words_are_never_a_pattern(
    as_wei: Client, wei: Account, weis_line: Registration, file
) -> None:
    dispute = file(weis_line, wei, statement="100 %(carrier)s <b>& 50 %")
    content = as_wei.get(f"/disputes/{dispute.reference}/").content.decode()
    assert "100 %(carrier)s &lt;b&gt;&amp; 50 %" in content


def test_a_reference_may_be_typed_as_it_was_heard(as_wei: Client, wei: Account, weis_line: Registration, file) -> None:
    dispute = file(weis_line, wei)
    assert as_wei.get(f"/disputes/{dispute.reference.lower()}/").status_code == 200


def test_pages_ask_a_constant_number_of_queries(
    as_wei: Client, wei: Account, weis_line: Registration, file, django_assert_max_num_queries
) -> None:
    dispute = file(weis_line, wei)
    with django_assert_max_num_queries(12):
        as_wei.get(f"/disputes/{dispute.reference}/")
