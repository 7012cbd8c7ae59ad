"""One good line becomes one registration, sealed as the model reads it."""

import datetime

import pytest
from django.db import connection

from lookups.carriers.models import Carrier
from lookups.jurisdictions import schemes
from lookups.registry.models import Feed, FeedState, Registration, RegistrationChange
from lookups.vault import blind
from tests.cast import MEIS_ID, WEIS_ID, WEIS_NUMBER
from tests.registry.conftest import csv_of, mei, row, take_in, zipped

pytestmark = pytest.mark.django_db


def test_the_model_reads_what_the_import_sealed(northern: Carrier) -> None:
    imported = take_in(northern, [row()])
    registration = Registration.objects.get()
    assert registration.number == WEIS_NUMBER
    assert registration.sealed_by == registration.feed_id == imported.feed.pk
    assert registration.subject == schemes.subject_of("CN-RIC", WEIS_ID)
    assert registration.number_index == blind.number_index(WEIS_NUMBER)
    assert registration.pk == blind.registration_id(registration.subject, northern.pk, registration.number_index)


def test_every_fact_arrives(northern: Carrier) -> None:
    take_in(northern, [row(status="ended", ended_on="2026-11-05", service="data", plan="postpaid")])
    registration = Registration.objects.get()
    assert (registration.service, registration.plan, registration.status) == ("data", "postpaid", "ended")
    assert registration.activated_on == datetime.date(2026, 11, 1)
    assert registration.ended_on == datetime.date(2026, 11, 5)
    assert (registration.channel, registration.outlet_district) == ("outlet", "Liuzhou")
    assert (registration.identity_check, registration.identity_checked_on) == ("document", datetime.date(2026, 11, 1))


def test_optional_columns_may_be_missing_and_in_any_order(northern: Carrier) -> None:
    columns = ("status", "phone_number", "activated_on", "id_number", "service", "id_scheme")
    take_in(northern, csv_of(row(), columns=columns))
    registration = Registration.objects.get()
    assert registration.number == WEIS_NUMBER
    assert (registration.plan, registration.channel, registration.identity_checked_on) == ("", "", None)


@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param(lambda content: content, id="as it is"),
        pytest.param(lambda content: b"\xef\xbb\xbf" + content, id="byte order mark"),
        pytest.param(lambda content: content.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda content: content.rstrip(b"\n"), id="no last line break"),
        pytest.param(lambda content: content + b"\n\r\n", id="blank lines"),
        pytest.param(zipped, id="gzip"),
        pytest.param(lambda content: zipped(content[:80]) + zipped(content[80:]), id="gzip in two members"),
        pytest.param(lambda content: content.replace(b"Liuzhou", b'"Liuzhou"'), id="quoted"),
        pytest.param(lambda content: content.replace(b"prepaid", b" prepaid "), id="blanks around a value"),
    ],
)
def test_one_file_in_many_spellings(northern: Carrier, spelled: object) -> None:
    imported = take_in(northern, spelled(csv_of(row(), mei())))  # type: ignore[operator]
    assert (imported.feed.lines, imported.feed.rejected) == (2, 0)
    assert sorted(Registration.objects.values_list("outlet_district", "plan")) == [("Liuzhou", "prepaid")] * 2


def test_quotes_hold_commas_and_quotes(northern: Carrier) -> None:
    take_in(northern, [row(outlet_district='"Liuzhou, Guangxi"'), mei(outlet_district='"Shop ""Moon"", Beijing"')])
    assert set(Registration.objects.values_list("outlet_district", flat=True)) == {
        "Liuzhou, Guangxi",
        'Shop "Moon", Beijing',
    }


def test_what_the_feed_says_of_itself(northern: Carrier) -> None:
    take_in(northern, [row(), mei(), mei(service="fax")])
    feed = Feed.objects.get()
    assert feed.state == FeedState.APPLIED
    assert (feed.lines, feed.rejected, feed.started, feed.changed, feed.ended) == (3, 1, 2, 0, 0)
    assert len(bytes(feed.digest)) == 32


def test_a_first_feed_leaves_no_changes(northern: Carrier) -> None:
    take_in(northern, [row()])
    assert not RegistrationChange.objects.exists()


def test_machine_numbers_and_passports_are_taken(northern: Carrier) -> None:
    machine = row(phone_number="+861064912345678", service="iot", id_scheme="PASSPORT-GB", id_number="p1234567")
    take_in(northern, [machine])
    assert Registration.objects.get().subject == schemes.subject_of("PASSPORT-GB", "P1234567")


def test_nothing_of_the_line_stands_in_the_row_in_clear(northern: Carrier) -> None:
    take_in(northern, [row(), mei()])
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text, encode(number, 'escape') FROM registry_registration r")
        told = str(cursor.fetchall())
    for secret in (WEIS_ID, MEIS_ID, WEIS_NUMBER, WEIS_NUMBER.removeprefix("+86")):
        assert secret not in told
        assert secret.encode().hex() not in told
