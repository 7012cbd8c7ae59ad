"""Working days: counted from tomorrow, due day included, with each country's holidays."""

import dataclasses
import datetime
import zoneinfo

import pytest

from lookups.jurisdictions import rules, working_days
from lookups.jurisdictions.model import Jurisdiction

CN, PE, IN = rules.get("CN"), rules.get("PE"), rules.get("IN")


@pytest.mark.parametrize(
    ("country", "filed", "days", "due"),
    [
        # A Saturday: Monday is the first day.
        (CN, datetime.date(2026, 11, 21), 5, datetime.date(2026, 11, 27)),
        # The day of filing never counts.
        (CN, datetime.date(2026, 11, 23), 1, datetime.date(2026, 11, 24)),
        # National Day week is off; Saturday 10 October is worked in its place.
        (CN, datetime.date(2026, 9, 30), 3, datetime.date(2026, 10, 10)),
        # Peru's independence days, 28 and 29 July.
        (PE, datetime.date(2026, 7, 27), 1, datetime.date(2026, 7, 30)),
        # A month's end and a leap day.
        (PE, datetime.date(2028, 2, 28), 2, datetime.date(2028, 3, 1)),
    ],
)
def test_the_due_day(country: Jurisdiction, filed: datetime.date, days: int, due: datetime.date) -> None:
    assert working_days.add(filed, days, country) == due


def test_a_limit_ends_at_the_local_midnight_after_its_due_day() -> None:
    filed = datetime.datetime(2026, 11, 20, 23, 30, tzinfo=datetime.UTC)  # Saturday morning in Shanghai
    due = working_days.due_at(filed, 5, CN)
    assert due == datetime.datetime(2026, 11, 28, 0, 0, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
    assert working_days.last_day(due, CN) == datetime.date(2026, 11, 27)


def test_a_limit_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        working_days.add(datetime.date(2026, 11, 21), 0, CN)


@pytest.mark.parametrize("days", [1, 2, 5, 20])
def test_counting_back_gives_the_same_number(days: int) -> None:
    start = datetime.date(2026, 9, 25)
    assert working_days.between(start, working_days.add(start, days, CN), CN) == days


# Where clocks are changed. None of our countries does; Germany and Chile stand for those that may come.
BERLIN = dataclasses.replace(PE, code="DE", time_zone="Europe/Berlin")
SANTIAGO = dataclasses.replace(PE, code="CL", time_zone="America/Santiago")


@pytest.mark.parametrize(
    ("country", "filed", "days", "due"),
    [
        # Berlin: an hour is lost on 2026-03-29, and won back on 2026-10-25.
        (BERLIN, "2026-03-27T23:30+01:00", 1, "2026-03-31T00:00+02:00"),
        (BERLIN, "2026-10-23T00:30+02:00", 1, "2026-10-27T00:00+01:00"),
        # Santiago: there is no midnight between 2026-09-05 and the 6th, and two between 2026-04-04 and the 5th.
        (SANTIAGO, "2026-09-04T12:00-04:00", 1, "2026-09-08T00:00-03:00"),
        (SANTIAGO, "2026-04-02T12:00-03:00", 1, "2026-04-07T00:00-04:00"),
        # Lima: the year's end, and a Friday's.
        (PE, "2026-12-31T23:59-05:00", 1, "2027-01-05T00:00-05:00"),
        # Delhi: Republic Day is a Monday.
        (IN, "2026-01-23T10:00+05:30", 1, "2026-01-28T00:00+05:30"),
        # Shanghai: the Spring Festival, with a Saturday before it that is worked.
        (CN, "2026-02-13T10:00+08:00", 2, "2026-02-25T00:00+08:00"),
    ],
)
def test_the_moment_a_limit_ends(country: Jurisdiction, filed: str, days: int, due: str) -> None:
    start = datetime.datetime.fromisoformat(filed)
    moment = working_days.due_at(start, days, country)
    assert moment == datetime.datetime.fromisoformat(due)
    due_day = working_days.add(working_days.local_day(start, country), days, country)
    assert working_days.last_day(moment, country) == due_day


@pytest.mark.parametrize("days", [1, 2, 5, 20, 39])
@pytest.mark.parametrize("country", [CN, IN, PE, BERLIN, SANTIAGO], ids=lambda one: one.code)
def test_with_all_days_left_the_first_working_day_begins(country: Jurisdiction, days: int) -> None:
    filed = datetime.datetime(2026, 3, 20, 15, tzinfo=datetime.UTC)
    due = working_days.due_at(filed, days, country)
    first = working_days.add(working_days.local_day(filed, country), 1, country)
    begins = working_days.with_days_left(due, days, country)
    assert working_days.local_day(begins, country) == first
    assert begins.astimezone(zoneinfo.ZoneInfo(country.time_zone)).time() == datetime.time()


def test_half_days_are_counted_in_working_days_over_a_changed_clock() -> None:
    due = datetime.datetime(2026, 3, 31, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))  # Monday's end
    monday_noon = datetime.datetime.fromisoformat("2026-03-30T12:00+02:00")
    friday_noon = datetime.datetime.fromisoformat("2026-03-27T12:00+01:00")
    assert working_days.with_days_left(due, 0.5, BERLIN) == monday_noon
    assert working_days.with_days_left(due, 1.5, BERLIN) == friday_noon
