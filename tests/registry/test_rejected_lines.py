"""Lines that cannot be taken: listed by line, column and reason, never with their value; the others are taken."""

import csv
import stat
from pathlib import Path

import pytest

from lookups.carriers.models import Carrier
from lookups.registry.models import Registration
from tests.cast import MEIS_ID, WEIS_ID, WEIS_NUMBER
from tests.registry.conftest import MEIS_NUMBER, csv_of, mei, row, take_in

pytestmark = pytest.mark.django_db


def listed(path: Path | None) -> list[tuple[int, str, str]]:
    assert path is not None
    with path.open(newline="") as file:
        return [(int(each["line"]), each["column"], each["reason"]) for each in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"id_scheme": "XX-CARD"}, "id_scheme", "unknown_scheme"),
        ({"id_scheme": ""}, "id_scheme", "missing"),
        ({"id_number": ""}, "id_number", "missing"),
        ({"id_number": WEIS_ID[:-1] + ("1" if WEIS_ID[-1] != "1" else "2")}, "id_number", "checksum"),
        ({"id_number": WEIS_ID[:-1]}, "id_number", "length"),
        ({"id_number": "A" + WEIS_ID[1:]}, "id_number", "format"),
        ({"phone_number": ""}, "phone_number", "missing"),
        ({"phone_number": WEIS_NUMBER.removeprefix("+86")}, "phone_number", "not_e164"),
        ({"phone_number": "+4915112345678"}, "phone_number", "not_a_number_of_this_country"),
        ({"phone_number": "+861"}, "phone_number", "not_a_number_of_this_country"),
        ({"service": "fax"}, "service", "unknown_value"),
        ({"service": ""}, "service", "missing"),
        ({"plan": "gold"}, "plan", "unknown_value"),
        ({"status": "gone"}, "status", "unknown_value"),
        ({"channel": "door"}, "channel", "unknown_value"),
        ({"identity_check": "palm"}, "identity_check", "unknown_value"),
        ({"activated_on": ""}, "activated_on", "missing"),
        ({"activated_on": "01.11.2026"}, "activated_on", "not_a_date"),
        ({"activated_on": "2026-02-30"}, "activated_on", "not_a_date"),
        ({"activated_on": "20261101"}, "activated_on", "not_a_date"),
        ({"activated_on": "2999-01-01"}, "activated_on", "in_the_future"),
        ({"activated_on": "1812-01-01"}, "activated_on", "before_1900"),
        ({"identity_checked_on": "2999-01-01"}, "identity_checked_on", "in_the_future"),
        ({"ended_on": "2026-11-02"}, "ended_on", "status_is_not_ended"),
        ({"status": "ended"}, "ended_on", "missing"),
        ({"status": "ended", "ended_on": "2026-10-31"}, "ended_on", "before_activated_on"),
        ({"outlet_district": "=cmd"}, "outlet_district", "formula"),
        ({"outlet_district": "Liu\x07zhou"}, "outlet_district", "control_character"),
        ({"outlet_district": "x" * 121}, "outlet_district", "too_long"),
        ({"outlet_district": "x" * 1_000_000}, "", "too_long"),
        ({"outlet_district": "Liuzhou, Guangxi"}, "", "wrong_number_of_fields"),
        ({"outlet_district": '"Liuzhou'}, "", "quote_is_not_closed"),
        ({"outlet_district": '"Liu"zhou'}, "", "quotes"),
    ],
)
def test_a_bad_line_is_listed_and_the_others_are_taken(
    northern: Carrier, change: dict[str, str], column: str, reason: str
) -> None:
    imported = take_in(northern, [mei(), row(**change)])
    assert listed(imported.rejects_path) == [(3, column, reason)]
    assert imported.feed.rejected == 1
    assert [each.number for each in Registration.objects.all()] == [MEIS_NUMBER]


def test_the_second_line_about_one_registration_is_rejected(northern: Carrier) -> None:
    imported = take_in(northern, [row(plan="prepaid"), mei(), row(plan="postpaid"), row(service="fax")])
    assert listed(imported.rejects_path) == [(4, "", "duplicate_of_earlier_line"), (5, "service", "unknown_value")]
    assert Registration.objects.filter(plan="prepaid").count() == 2


def test_a_bad_line_does_not_make_a_later_good_one_a_duplicate(northern: Carrier) -> None:
    imported = take_in(northern, [row(service="fax"), row()])
    assert listed(imported.rejects_path) == [(2, "service", "unknown_value")]
    assert Registration.objects.count() == 1


def test_the_list_is_private_and_never_holds_a_value(northern: Carrier, var: Path) -> None:
    imported = take_in(northern, [mei(), row(phone_number="13812344471"), row(id_number=WEIS_ID[:-1]), mei()])
    path = imported.rejects_path
    assert path == var / "rejects" / f"{imported.feed.pk}.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.name == imported.feed.rejects_file
    told = path.read_text()
    for secret in (WEIS_ID[:-1], MEIS_ID, "13812344471", MEIS_NUMBER):
        assert secret not in told


def test_a_clean_feed_leaves_no_list(northern: Carrier, var: Path) -> None:
    imported = take_in(northern, [row()])
    assert (imported.rejects_path, imported.feed.rejects_file) == (None, "")
    assert not (var / "rejects").exists()


def test_line_numbers_are_those_of_the_file_across_chunks(northern: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookups.registry.feeds.source.CHUNK", 1000)
    rows = [row(phone_number=f"+861381234{number:04d}") for number in range(300)]
    for at in (0, 17, 150, 299):
        rows[at] = row(service="fax", phone_number=f"+861391234{at:04d}")
    rows[40] = rows[39]
    imported = take_in(northern, csv_of(*rows).replace(b"\n", b"\r\n"))
    fax = [(at + 2, "service", "unknown_value") for at in (0, 17, 150, 299)]
    assert listed(imported.rejects_path) == sorted([*fax, (42, "", "duplicate_of_earlier_line")])
    assert Registration.objects.count() == 295
