"""The history of a number: every change in plain words, oldest first, and nothing about anybody else."""

import pytest
from django.test import Client
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.identity.models import Account
from lookups.registry import history
from lookups.registry.models import Registration
from tests.cast import WEIS_NUMBER
from tests.registry.conftest import mei as meis
from tests.registry.conftest import row, take_in

pytestmark = pytest.mark.django_db


def of_wei(wei: Account) -> list[tuple[str, str]]:
    return [(moment.title, moment.text) for moment in history.of(registration(wei))]


def registration(wei: Account) -> Registration:
    return Registration.objects.get(subject=wei.subjects()[0])


def test_what_was_there_from_the_start_was_first_seen_in_the_first_feed(wei: Account, northern: Carrier) -> None:
    imported = take_in(northern, [row(), meis()])
    (moment,) = history.of(registration(wei))
    assert (moment.when, moment.title) == (imported.feed.as_of, "First seen under your ID")
    assert moment.text == "It was in the first report that this carrier gave us."


def test_a_life_is_told_from_its_beginning_to_its_return(wei: Account, northern: Carrier) -> None:
    take_in(northern, [meis()])
    take_in(northern, [row()], "delta")
    take_in(northern, [row(plan="postpaid", outlet_district="Guilin", identity_check="none")], "delta")
    take_in(northern, [row(plan="postpaid", status="ended", ended_on="2026-11-10")], "delta")
    take_in(northern, [row(plan="postpaid")], "delta")
    take_in(northern, [meis()], as_of=timezone.now())
    moments = history.of(registration(wei))
    assert [moment.when for moment in moments] == sorted(moment.when for moment in moments)
    assert [(moment.title, moment.text) for moment in moments] == [
        ("First seen under your ID", "The carrier listed this number under your ID for the first time."),
        (
            "The carrier changed: plan, where it was registered, identity check",
            "Before: prepaid (plan); Liuzhou (where it was registered); document checked (identity check).",
        ),
        ("Ended", "The carrier said that the line has ended."),
        ("Came back under your ID", "The carrier listed this number under your ID again after it had ended."),
        ("No longer under your ID", "The carrier no longer lists this number under your ID."),
    ]


def test_a_number_that_moved_says_only_that_it_is_gone(wei: Account, northern: Carrier) -> None:
    take_in(northern, [row(), meis()])
    take_in(northern, [meis(), meis(phone_number=WEIS_NUMBER)])
    assert of_wei(wei)[1:] == [
        ("No longer under your ID", "The carrier no longer lists this number under your ID."),
    ]


def test_it_takes_two_queries_however_long_it_is(wei: Account, northern: Carrier, django_assert_num_queries) -> None:
    take_in(northern, [row(), meis()])
    for number in range(6):
        take_in(northern, [row(plan=("prepaid", "postpaid")[number % 2])], "delta", as_of=timezone.now())
    line = registration(wei)
    with django_assert_num_queries(2):
        assert len(history.of(line)) == 6


def test_the_numbers_page_shows_it_as_a_timeline(as_wei: Client, wei: Account, northern: Carrier) -> None:
    take_in(northern, [row(), meis()])
    take_in(northern, [row(plan="postpaid")], "delta")
    page = as_wei.get(f"/numbers/{registration(wei).pk}/").content.decode()
    assert page.index("First seen under your ID") < page.index("The carrier changed: plan")
    assert page.count('<li class="past">') == 2
    assert "Before: prepaid." in page
