"""Forty lines, or twenty-one thousand, stay usable: pages, search by last digits, the same few queries."""

import io
import time
from collections.abc import Iterable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lookups.carriers.models import Carrier
from lookups.identity.models import Account
from lookups.overview.numbers import CARDS_ON_A_PAGE
from lookups.registry.importing import import_feed
from lookups.registry.models import FeedKind
from tests.cast import WEIS_ID, make_registration
from tests.overview.pages import words

pytestmark = pytest.mark.django_db

NUMBERS = "/numbers/"
VERY_MANY = 21_000
HEADER = "id_scheme,id_number,phone_number,service,plan,status,activated_on\n"


def many(carrier: Carrier, numbers: Iterable[str]) -> None:
    """Wei's lines with these numbers, as a feed brings them."""
    lines = "".join(f"CN-RIC,{WEIS_ID},{number},iot,postpaid,active,2020-01-01\n" for number in numbers)
    import_feed(carrier, file=io.BytesIO((HEADER + lines).encode()), kind=FeedKind.DELTA)


def up_to(count: int, prefix: str = "+86130") -> Iterable[str]:
    """So many different numbers; they end with their place in the row."""
    return (f"{prefix}{n:08}" for n in range(count))


def queries(client: Client, page: str = "", **search: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        words(client.post(NUMBERS, search) if search else client.get(NUMBERS, {"page": page} if page else {}))
    return len(captured)


def test_few_lines_need_no_search_and_no_pages(as_wei: Client, wei: Account, northern: Carrier) -> None:
    make_registration(wei, northern)
    content = as_wei.get(NUMBERS).content.decode()
    assert 'name="digits"' not in content
    assert "Next page" not in content


def test_forty_lines_on_one_page_with_a_search(as_wei: Client, wei: Account, northern: Carrier) -> None:
    many(northern, up_to(40))
    response = as_wei.get(NUMBERS)
    assert "40 numbers are registered under your ID" in words(response)
    assert response.content.count(b'class="entry') == 40
    assert b'name="digits"' in response.content
    assert b"Next page" not in response.content


def test_twenty_one_thousand_lines(as_wei: Client, wei: Account, northern: Carrier, eastern: Carrier) -> None:
    make_registration(wei, eastern)
    few, few_found = queries(as_wei), queries(as_wei, digits="4471")
    many(northern, up_to(VERY_MANY))

    began = time.monotonic()
    assert queries(as_wei) == few + 1, "as many queries as for one line, and one that counts"
    assert queries(as_wei, page="200") == few + 1
    assert queries(as_wei, digits="4471") == few_found
    assert time.monotonic() - began < 20, "usable, on a slow machine too"

    first = as_wei.get(NUMBERS)
    assert "21,001 numbers are registered under your ID" in words(first)
    assert first.content.count(b'class="entry') == CARDS_ON_A_PAGE
    assert "Page 1 of 421" in words(first)
    assert len(first.content) < 300_000
    last = as_wei.get(NUMBERS, {"page": "421"})
    assert last.content.count(b'class="entry') == 1
    assert b"Next page" not in last.content


def test_every_line_stands_on_exactly_one_page(as_wei: Client, wei: Account, northern: Carrier) -> None:
    many(northern, up_to(2 * CARDS_ON_A_PAGE + 7))
    seen = [
        card.registration_id
        for page in ("1", "2", "3")
        for group in as_wei.get(NUMBERS, {"page": page}).context["page"].groups
        for card in group.cards
    ]
    assert len(seen) == len(set(seen)) == 2 * CARDS_ON_A_PAGE + 7


def test_search_by_last_digits_has_pages_too(as_wei: Client, wei: Account, northern: Carrier) -> None:
    many(northern, up_to(1000))
    found = as_wei.post(NUMBERS, {"digits": "7"})
    assert "Ensure this value has at least 2 characters" in words(found)
    found = as_wei.post(NUMBERS, {"digits": "57"})
    assert found.content.count(b'class="entry') == 10
    assert found.context["page"].pages == 1
    assert as_wei.post(NUMBERS, {"digits": "999957"}).content.count(b'class="entry') == 0
    many_found = as_wei.post(NUMBERS, {"digits": "00"})
    assert many_found.context["page"].pages == 1
    many(northern, (f"+86150{n:06}88" for n in range(60)))
    first = as_wei.post(NUMBERS, {"digits": "88"})
    second = as_wei.post(NUMBERS, {"digits": "88", "page": "2"})
    assert first.context["page"].pages == 2
    assert first.content.count(b'class="entry') == CARDS_ON_A_PAGE
    assert second.content.count(b'class="entry') == 70 - CARDS_ON_A_PAGE
    assert b'name="digits" value="88"' in second.content, "the way back to the first page"


@pytest.mark.parametrize("digits", ["13812344471", "12ab", "", "1" * 16, "１２３４", "+86", "%2b"])
def test_digits_never_come_back_in_an_address(as_wei: Client, wei: Account, northern: Carrier, digits: str) -> None:
    many(northern, up_to(20))
    response = as_wei.post(NUMBERS, {"digits": digits})
    assert response.status_code == 200
    assert b"?digits" not in response.content
    assert response.request["QUERY_STRING"] == ""


def test_nothing_ends_like_this(as_wei: Client, wei: Account, northern: Carrier) -> None:
    many(northern, up_to(20))
    text = words(as_wei.post(NUMBERS, {"digits": "777777"}))
    assert "None of your numbers ends with these digits." in text
    assert "Show all numbers" in text
    assert "20 numbers are registered under your ID" in text


def test_what_is_counted_over_one_page_says_so(northern: Carrier, wei: Account, as_wei: Client) -> None:
    lines = "".join(
        f"CN-RIC,{WEIS_ID},{number},iot,postpaid,active,2026-11-01\n" for number in up_to(CARDS_ON_A_PAGE + 1)
    )
    import_feed(northern, file=io.BytesIO((HEADER + lines).encode()), kind=FeedKind.DELTA)
    assert f"{CARDS_ON_A_PAGE} on this page look unusual" in words(as_wei.get(NUMBERS))
    assert "1 on this page looks unusual" in words(as_wei.get(NUMBERS, {"page": "2"}))
