"""The numbers page: all that is held under a person, carrier by carrier, and what is not known (promise 9)."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lookups.audit.models import AccessRecord, Action
from lookups.carriers.models import Carrier
from lookups.identity.models import Account
from lookups.prepared import PreparedInsert
from lookups.registry.models import Feed
from tests.cast import MEIS_ID, WEIS_ID, make_citizen, make_registration, sign_in
from tests.overview.pages import words

pytestmark = pytest.mark.django_db

NUMBERS = "/numbers/"


def test_each_carrier_has_its_cards_and_its_as_of(
    as_wei: Client, wei: Account, northern: Carrier, eastern: Carrier
) -> None:
    make_registration(wei, northern, "+8613812344471")
    make_registration(wei, eastern, "+8613900002222", service="data", plan="postpaid", status="suspended")
    Feed.objects.filter(carrier=eastern).update(as_of=timezone.now() - datetime.timedelta(days=3))
    page = as_wei.get(NUMBERS).context["page"]
    assert [group.carrier_name for group in page.groups] == ["Eastern Link", "Northern Telecom"]
    assert (timezone.now() - page.groups[0].as_of).days == 3
    text = words(as_wei.get(NUMBERS))
    assert "2 numbers are registered under your ID" in text
    assert "Mobile, prepaid · active since" in text
    assert "Data only, postpaid · suspended, began" in text
    assert "registered at an outlet in Liuzhou, Guangxi · document checked" in text
    assert text.count("as of") == 2


def test_the_page_holds_no_full_number(as_wei: Client, wei: Account, northern: Carrier) -> None:
    make_registration(wei, northern, "+8613812344471")
    content = as_wei.get(NUMBERS).content.decode()
    assert "4471" in content
    assert "13812344471" not in content
    assert "1234" not in content


def test_a_carrier_without_data_is_named(as_wei: Client, wei: Account, northern: Carrier, western: Carrier) -> None:
    make_registration(wei, northern)
    text = words(as_wei.get(NUMBERS))
    assert "1 of 2 carriers have answered" in text
    assert "Western Mobile has not answered yet" in text
    assert "Northern Telecom has not answered yet" not in text


def test_a_carrier_whose_feed_failed_has_not_answered(as_wei: Client, wei: Account, western: Carrier) -> None:
    now = timezone.now()
    Feed.objects.create(carrier=western, kind="snapshot", as_of=now, received_at=now, digest=b"", state="failed")
    assert "Western Mobile has not answered yet" in words(as_wei.get(NUMBERS))


def test_nothing_found_explains_itself(as_wei: Client, mei: Account, northern: Carrier, western: Carrier) -> None:
    make_registration(mei, northern)
    text = words(as_wei.get(NUMBERS))
    assert "We found no number under your ID" in text
    assert "No carrier that has answered holds a number under the identity documents you gave us." in text
    assert "1 of 2 carriers have answered" in text
    assert "Western Mobile has not answered yet" in text
    assert "Resident identity card, added" in text
    assert "Come back after a few days" in text


def test_only_ones_own_numbers(as_wei: Client, wei: Account, mei: Account, northern: Carrier) -> None:
    make_registration(wei, northern, "+8613812344471")
    make_registration(mei, northern, "+8613812349999")
    text = words(as_wei.get(NUMBERS))
    assert "4471" in text
    assert "9999" not in text


def test_a_resellers_line_names_the_network(as_wei: Client, wei: Account, lotus: Carrier) -> None:
    make_registration(wei, lotus)
    text = words(as_wei.get(NUMBERS))
    assert "Lotus Mobile runs on the network of Northern Telecom · as of" in text


def test_numbers_of_an_old_passport_stand_with_the_others(client: Client, northern: Carrier, eastern: Carrier) -> None:
    make_registration(WEIS_ID, northern, "+8613812344471")
    person = make_citizen(("CN-RIC", WEIS_ID))
    make_registration(make_citizen(("PASSPORT-CN", "E12345674")), eastern, "+8613900002222")
    held = person.documents.model.objects.get(scheme="PASSPORT-CN")
    held.account = person
    held.save()
    text = words(sign_in(client, person).get(NUMBERS))
    assert "2 numbers are registered under your ID" in text
    assert "4471" in text
    assert "2222" in text
    assert "Resident identity card, added" in text
    assert "Chinese passport, added" in text


def test_what_deserves_a_look_stands_first(as_wei: Client, wei: Account, northern: Carrier) -> None:
    long_ago = timezone.localdate() - datetime.timedelta(days=2000)
    make_registration(wei, northern, "+8613812340001", activated_on=long_ago, identity_check="portrait")
    make_registration(wei, northern, "+8613812340002", activated_on=long_ago, status="ended", ended_on=long_ago)
    make_registration(wei, northern, "+8613812340003", activated_on=long_ago, identity_check="none")
    (group,) = as_wei.get(NUMBERS).context["page"].groups
    assert [card.masked_end for card in group.cards] == ["0003", "0001", "0002"]
    assert group.cards[0].oddities == ["No identity check was made"]
    assert group.cards[2].is_ended


def test_more_lines_than_one_person_may_hold_are_counted(as_wei: Client, wei: Account, northern: Carrier) -> None:
    for n in range(7):
        make_registration(wei, northern, f"+861381234000{n}")
    assert "7 of 5 lines one person may hold at Northern Telecom" in words(as_wei.get(NUMBERS))


def test_each_look_is_written_down_once_for_each_document(client: Client, northern: Carrier) -> None:
    person = make_citizen(("CN-RIC", MEIS_ID), ("PASSPORT-CN", "E12345674"))
    as_person = sign_in(client, person)
    as_person.get(NUMBERS)
    as_person.post(NUMBERS, {"digits": "4471"})
    records = AccessRecord.objects.filter(action=Action.LOOKED_UP)
    assert sorted(records.values_list("subject", flat=True)) == sorted(person.subjects() * 2)
    assert {(one.actor_kind, one.actor) for one in records} == {("citizen", person.pk)}


def test_a_look_that_breaks_shows_nothing_without_a_record(
    as_wei: Client, wei: Account, northern: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No record, no page: who looks cannot go unseen by breaking the record."""
    make_registration(wei, northern)
    as_wei.raise_request_exception = False
    monkeypatch.setattr(PreparedInsert, "__call__", lambda *_: 1 / 0)
    answer = as_wei.get(NUMBERS)
    assert answer.status_code == 500
    assert b"4471" not in answer.content


def test_few_queries_however_many_lines(
    as_wei: Client, wei: Account, northern: Carrier, western: Carrier, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Session, account, device, documents, registrations, carriers, the access record."""
    as_wei.get(NUMBERS)
    for carrier, number in ((northern, "+8613800004471"), (western, "+8615600004472"), (western, "+8615600004473")):
        make_registration(wei, carrier, number)
        with django_assert_num_queries(7):
            as_wei.get(NUMBERS)


@pytest.mark.parametrize("page", ["0", "-1", "9999999", "x", "", "1e3", "٣"])
def test_a_page_number_that_is_none_is_the_first_or_the_last(
    as_wei: Client, wei: Account, northern: Carrier, page: str
) -> None:
    make_registration(wei, northern)
    assert "4471" in words(as_wei.get(NUMBERS, {"page": page}))
    assert reverse("overview:numbers") == NUMBERS
