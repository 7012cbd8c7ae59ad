"""Several numbers are chosen first, from one list; what is said then holds for all of them."""

import pytest
from django.test import Client

from lookups.carriers.models import Carrier
from lookups.disputes.models import Dispute, Draft
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import make_registration
from tests.disputes.filing_pages import page_of, version_of
from tests.overview.pages import words

pytestmark = pytest.mark.django_db
CHOOSE = "/numbers/dispute/"


@pytest.fixture
def lines(wei: Account, northern: Carrier, lotus: Carrier) -> list[Registration]:
    numbers = [(northern, "+8613812340001"), (northern, "+8613812340002"), (lotus, "+8613812340003")]
    return [make_registration(wei, carrier, number) for carrier, number in numbers]


def chosen(client: Client, *lines: Registration) -> Registration:
    """Choose these; the one that names the filing."""
    response = client.post(CHOOSE, {"others": [str(line.pk) for line in lines]})
    (first,) = [line for line in lines if response.url == page_of(line)]
    return first


def test_from_the_numbers_page_to_a_dispute_each(as_wei: Client, lines: list[Registration]) -> None:
    assert CHOOSE in as_wei.get("/numbers/").content.decode()
    assert "Which numbers are not right?" in words(as_wei.get(CHOOSE))
    first = chosen(as_wei, lines[0], lines[2])
    after = as_wei.post(page_of(first), {"reason": "cancel"}).url
    assert after == page_of(first, "used_by"), "which other numbers is not asked once more"
    as_wei.post(after, {"used_by": "nobody"})
    as_wei.post(page_of(first, "statement"), {"statement": ""})
    review = as_wei.get(page_of(first, "review"))
    assert "Dispute these 2 numbers" in words(review)
    assert f'href="{CHOOSE}"' in review.content.decode()
    as_wei.post(page_of(first, "review"), {"version": version_of(as_wei, first)})
    assert set(Dispute.objects.values_list("registration_id", flat=True)) == {lines[0].pk, lines[2].pk}


def test_none_chosen_is_said(as_wei: Client, lines: list[Registration]) -> None:
    assert "Choose at least one number." in words(as_wei.post(CHOOSE, {}))
    assert not Draft.objects.exists()


def test_not_more_than_a_day_allows(as_wei: Client, lines: list[Registration], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookups.disputes.filing.left_today", lambda account: 2)
    page = as_wei.post(CHOOSE, {"others": [str(line.pk) for line in lines]})
    assert "up to 2 more today" in words(page)
    assert not Draft.objects.exists()


def test_nobody_elses_can_be_chosen(as_wei: Client, lines: list[Registration], mei: Account, northern: Carrier) -> None:
    hers = make_registration(mei, northern, "+8613812349999")
    page = as_wei.post(CHOOSE, {"others": [str(hers.pk)]})
    assert "can no longer be chosen" in words(page)
    assert not Draft.objects.exists()


def test_where_nothing_can_be_disputed_there_is_no_list(as_wei: Client) -> None:
    page = as_wei.get(CHOOSE, follow=True)
    assert page.redirect_chain[0][0] == "/numbers/"
    assert "There is no number that you can dispute now." in words(page)
