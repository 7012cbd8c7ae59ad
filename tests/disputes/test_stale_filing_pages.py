"""A double click, two windows, an old page: at most one dispute a number, and never one that nobody read."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from lookups.disputes import drafts, filing
from lookups.disputes.models import Dispute, Draft, Handover
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.disputes.filing_pages import answer, fill_in, page_of, send, version_of
from tests.overview.pages import words

pytestmark = pytest.mark.django_db


def test_what_another_window_changed_is_read_once_more(as_wei: Client, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line, statement="First words.")
    read = version_of(as_wei, weis_line)
    answer(as_wei, weis_line, statement="Other words.")
    page = as_wei.post(page_of(weis_line, "review"), {"version": read}, follow=True)
    assert "changed in another window" in words(page)
    assert "Other words." in words(page)
    assert not Dispute.objects.exists()
    send(as_wei, weis_line)
    assert Dispute.objects.get().statement == "Other words."


@pytest.mark.parametrize("version", ["", "x", "2026-01-01T00:00:00+00:00", "\0"])
def test_a_review_that_was_never_shown_files_nothing(as_wei: Client, weis_line: Registration, version: str) -> None:
    fill_in(as_wei, weis_line)
    assert as_wei.post(page_of(weis_line, "review"), {"version": version}).status_code == 302
    assert not Dispute.objects.exists()
    assert Draft.objects.exists()


@pytest.mark.parametrize("page", ["reason", "family", "statement", "evidence", "review"])
def test_every_page_of_the_path_leads_to_the_dispute_once_it_is_filed(
    as_wei: Client, weis_line: Registration, page: str
) -> None:
    fill_in(as_wei, weis_line)
    send(as_wei, weis_line)
    dispute = Dispute.objects.get()
    for method in (as_wei.get, as_wei.post):
        assert method(page_of(weis_line, page), {page: "nobody"}).url == dispute.get_absolute_url()
    assert not Draft.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_file_one_dispute(as_wei: Client, wei: Account, weis_line: Registration) -> None:
    fill_in(as_wei, weis_line)
    version, gate = version_of(as_wei, weis_line), threading.Barrier(4, timeout=10)

    def click(_: int) -> str:
        gate.wait()
        try:
            return filing.send(weis_line, wei, version=version)[0].reference
        except filing.Incomplete:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len([reference for reference in pool.map(click, range(4)) if reference]) == 1
    assert Dispute.objects.count() == Handover.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_answers_of_two_windows_at_once_are_both_kept(wei: Account, weis_line: Registration) -> None:
    gate = threading.Barrier(4, timeout=10)

    def type_it(number: int) -> None:
        gate.wait()
        try:
            drafts.save(account=wei.pk, registration_id=weis_line.pk, **{f"answer_{number}": "x"})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(type_it, range(4)))
    assert set(Draft.objects.get().content) == {f"answer_{n}" for n in range(4)}
