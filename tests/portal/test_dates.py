"""Dates on pages are words in the reader's order, in the page's time zone."""

import datetime

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone

UTC = datetime.UTC


def rendered(expression: str, value: object) -> str:
    with timezone.override("Asia/Shanghai"):
        return Template("{% load dates %}{{ value|" + expression + " }}").render(Context({"value": value}))


def test_a_moment_is_told_in_the_pages_time_zone() -> None:
    filed = datetime.datetime(2026, 11, 21, 2, 2, tzinfo=UTC)
    assert rendered("moment", filed) == "Saturday 21 November 2026, 10:02"
    assert rendered("clock", filed) == "10:02"


def test_a_day_carries_its_weekday() -> None:
    assert rendered("day", datetime.date(2026, 11, 27)) == "Friday 27 November 2026"
    assert rendered("short_day", datetime.date(2026, 11, 27)) == "27 November 2026"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (datetime.datetime(2026, 11, 20, 22, 0, tzinfo=UTC), "today, 06:00"),
        (datetime.datetime(2026, 11, 20, 15, 30, tzinfo=UTC), "yesterday, 23:30"),
        (datetime.datetime(2026, 11, 19, 15, 30, tzinfo=UTC), "19 November 2026, 23:30"),
        (datetime.datetime(2026, 11, 21, 16, 30, tzinfo=UTC), "22 November 2026, 00:30"),
    ],
)
def test_the_age_of_data_is_told_by_the_readers_day(value: datetime.datetime, words: str) -> None:
    with time_machine.travel(datetime.datetime(2026, 11, 20, 23, 0, tzinfo=UTC), tick=False):
        assert rendered("since", value) == words


@pytest.mark.parametrize("expression", ["day", "short_day", "clock", "moment", "since"])
def test_nothing_is_said_of_a_time_that_is_not_known(expression: str) -> None:
    assert rendered(expression, None) == ""
