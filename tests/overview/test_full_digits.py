"""All digits of a number: only one's own, only after a fresh second factor, and written down (S12, S14)."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from lookups.audit.models import AccessRecord, Action
from lookups.carriers.models import Carrier
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import code_for, make_registration, sign_in
from tests.overview.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(wei: Account, northern: Carrier) -> Registration:
    return make_registration(wei, northern, "+8613812344471")


def revealed() -> int:
    return AccessRecord.objects.filter(action=Action.REVEALED).count()


def test_the_details_of_a_number_are_masked(as_wei: Client, line: Registration) -> None:
    response = as_wei.get(f"/numbers/{line.pk}/")
    assert "Show all digits" in words(response)
    assert "Liuzhou, Guangxi" in words(response)
    assert b"1234" not in response.content
    assert revealed() == 0


def test_s12_after_a_fresh_factor_all_digits_stand_there(as_wei: Client, line: Registration) -> None:
    assert "+86 138 1234 4471" in words(as_wei.get(f"/numbers/{line.pk}/digits/"))
    record = AccessRecord.objects.get(action=Action.REVEALED)
    assert (record.subject, record.actor, record.about) == (line.subject, line_owner(line), str(line.pk))


def line_owner(line: Registration) -> object:
    return Account.objects.by_document(line.subject).pk  # type: ignore[union-attr]


def test_s12_without_one_it_is_asked_for_and_leads_back(client: Client, wei: Account, line: Registration) -> None:
    stale = sign_in(client, wei, stepped_up=False)
    answer = stale.get(f"/numbers/{line.pk}/digits/")
    assert answer.url == f"/sign-in/again/?next=%2Fnumbers%2F{line.pk}%2Fdigits%2F"
    assert revealed() == 0
    assert stale.post(answer.url, {"token": "000000"}).status_code == 200
    assert stale.get(f"/numbers/{line.pk}/digits/").status_code == 302
    assert revealed() == 0
    with time_machine.travel(timezone.now() + datetime.timedelta(seconds=40)):
        assert stale.post(answer.url, {"token": code_for()}).url == f"/numbers/{line.pk}/digits/"
        assert "+86 138 1234 4471" in words(stale.get(f"/numbers/{line.pk}/digits/"))
    assert revealed() == 1


def test_s12_the_factor_is_fresh_for_five_minutes(as_wei: Client, line: Registration) -> None:
    now = timezone.now()
    with time_machine.travel(now + datetime.timedelta(seconds=290)):
        assert as_wei.get(f"/numbers/{line.pk}/digits/").status_code == 200
    with time_machine.travel(now + datetime.timedelta(seconds=310)):
        assert as_wei.get(f"/numbers/{line.pk}/digits/").status_code == 302
    assert revealed() == 1


@pytest.mark.parametrize("page", ["", "digits/", "dispute/"])
def test_s14_somebody_elses_number_is_not_there(as_mei: Client, line: Registration, page: str) -> None:
    answer = as_mei.get(f"/numbers/{line.pk}/{page}")
    assert answer.status_code == 404
    assert b"4471" not in answer.content
    assert not AccessRecord.objects.filter(subject=line.subject).exists()


def test_s14_nor_does_it_ask_for_a_factor_first(mei: Account, line: Registration) -> None:
    """A number that is not there must not be told from one that is by being asked for a code."""
    stale = sign_in(Client(), mei, stepped_up=False)
    foreign = stale.get(f"/numbers/{line.pk}/digits/")
    unknown = stale.get("/numbers/00000000-0000-4000-8000-000000000000/digits/")
    assert foreign.status_code == unknown.status_code
