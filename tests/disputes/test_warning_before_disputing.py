"""Before somebody disputes a number that they use themselves, they are told what may come of it."""

import pytest
from django.test import Client

from lookups.carriers.models import Carrier
from lookups.disputes.models import Dispute
from lookups.identity.models import Account
from lookups.registry import services as registry
from lookups.registry.models import Registration
from tests.cast import WEIS_NUMBER, make_registration
from tests.disputes.filing_pages import answer, fill_in, page_of, send
from tests.overview.pages import words

pytestmark = pytest.mark.django_db
WARNING = "You seem to use this number yourself"


def confirm(line: Registration, account: Account) -> None:
    registry.confirm(line, account=account.pk, subjects=account.subjects())


def test_a_number_that_was_confirmed(as_wei: Client, wei: Account, weis_line: Registration) -> None:
    confirm(weis_line, wei)
    fill_in(as_wei, weis_line)
    assert as_wei.get(page_of(weis_line, "review")).url == page_of(weis_line, "warning")
    assert as_wei.post(page_of(weis_line, "review"), {"version": "x"}).url == page_of(weis_line, "warning")
    assert not Dispute.objects.exists()
    shown = words(as_wei.get(page_of(weis_line, "warning")))
    assert WARNING in shown
    assert str(weis_line.masked) in shown
    assert as_wei.post(page_of(weis_line, "warning")).url == page_of(weis_line, "review")
    assert send(as_wei, weis_line).status_code == 302
    assert Dispute.objects.get().registration_id == weis_line.pk


@pytest.mark.parametrize("which", ["email", "second_email"])
def test_a_number_that_notices_go_to(as_wei: Client, wei: Account, weis_line: Registration, which: str) -> None:
    """Many mail addresses are the owner's number."""
    setattr(wei, which, f"{WEIS_NUMBER.removeprefix('+86')}@mail.example")
    wei.save()
    fill_in(as_wei, weis_line)
    assert as_wei.get(page_of(weis_line, "review")).url == page_of(weis_line, "warning")


def test_no_warning_about_a_number_that_nobody_claimed(as_wei: Client, weis_line: Registration) -> None:
    review = fill_in(as_wei, weis_line)
    assert as_wei.get(review).status_code == 200
    assert as_wei.get(page_of(weis_line, "warning")).url == review


def test_one_of_several_is_warned_of_by_its_number(
    as_wei: Client, wei: Account, weis_line: Registration, northern: Carrier
) -> None:
    used = make_registration(wei, northern, "+8613812344472")
    confirm(used, wei)
    fill_in(as_wei, weis_line, others=[str(used.pk)])
    shown = words(as_wei.get(page_of(weis_line, "warning")))
    assert str(used.masked) in shown
    as_wei.post(page_of(weis_line, "warning"))
    answer(as_wei, weis_line, others=[])
    assert as_wei.get(page_of(weis_line, "review")).status_code == 200


def test_confirming_it_in_another_window_brings_the_warning_back(
    as_wei: Client, wei: Account, weis_line: Registration
) -> None:
    fill_in(as_wei, weis_line)
    confirm(weis_line, wei)
    assert send(as_wei, weis_line).url == page_of(weis_line, "warning")
    assert not Dispute.objects.exists()
