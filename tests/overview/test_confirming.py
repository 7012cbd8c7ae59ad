"""“This is mine”: reversible, one's own numbers only, and never a bar to a dispute."""

import pytest
from django.test import Client

from lookups.audit.models import AccessRecord
from lookups.carriers.models import Carrier
from lookups.disputes.models import Dispute
from lookups.identity.models import Account
from lookups.registry.models import Confirmation, Registration
from tests.cast import make_registration
from tests.disputes.filing_pages import fill_in, page_of, send
from tests.overview.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(wei: Account, northern: Carrier) -> Registration:
    return make_registration(wei, northern)


def test_confirm_and_take_back(as_wei: Client, line: Registration) -> None:
    assert as_wei.post(f"/numbers/{line.pk}/confirm/").url == f"/numbers/#n-{line.pk}"
    text = words(as_wei.get("/numbers/"))
    assert "Noted: this number is yours. You can take that back at any time." in text
    assert "You confirmed this on" in text
    assert "This is mine" not in text
    assert "Take that back" in text

    assert as_wei.post(f"/numbers/{line.pk}/unconfirm/").url == f"/numbers/#n-{line.pk}"
    text = words(as_wei.get("/numbers/"))
    assert "Taken back: the number is open again." in text
    assert "You confirmed this on" not in text
    assert "This is mine" in text
    assert not Confirmation.objects.exists()
    acts = AccessRecord.objects.filter(about=str(line.pk)).order_by("at").values_list("action", flat=True)
    assert list(acts) == ["confirmed", "unconfirmed"]


def test_twice_is_once(as_wei: Client, line: Registration) -> None:
    for _ in range(2):
        assert as_wei.post(f"/numbers/{line.pk}/confirm/").status_code == 302
    assert Confirmation.objects.count() == 1
    for _ in range(2):
        assert as_wei.post(f"/numbers/{line.pk}/unconfirm/").status_code == 302
    assert AccessRecord.objects.filter(about=str(line.pk)).count() == 2


def test_a_confirmed_number_is_not_unusual_any_more(as_wei: Client, line: Registration) -> None:
    assert "looks unusual" in words(as_wei.get("/numbers/"))
    as_wei.post(f"/numbers/{line.pk}/confirm/")
    assert "looks unusual" not in words(as_wei.get("/numbers/"))


def test_a_confirmed_number_can_be_disputed(as_wei: Client, line: Registration) -> None:
    as_wei.post(f"/numbers/{line.pk}/confirm/")
    fill_in(as_wei, line, "cancel")
    as_wei.post(page_of(line, "warning"))
    assert send(as_wei, line).status_code == 302
    assert Dispute.objects.get().registration_id == line.pk


@pytest.mark.parametrize("act", ["confirm", "unconfirm"])
def test_s14_somebody_elses_number_is_not_there(as_mei: Client, as_wei: Client, line: Registration, act: str) -> None:
    as_wei.post(f"/numbers/{line.pk}/confirm/")
    confirmed = Confirmation.objects.values().get()
    records = AccessRecord.objects.count()
    assert as_mei.post(f"/numbers/{line.pk}/{act}/").status_code == 404
    assert Confirmation.objects.values().get() == confirmed
    assert AccessRecord.objects.count() == records


@pytest.mark.parametrize("act", ["confirm", "unconfirm"])
def test_by_get_nothing_happens(as_wei: Client, line: Registration, act: str) -> None:
    assert as_wei.get(f"/numbers/{line.pk}/{act}/").status_code == 405
    assert not Confirmation.objects.exists()
