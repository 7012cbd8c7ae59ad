"""Working days: counted from tomorrow, due day included, with each country's holidays."""

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
