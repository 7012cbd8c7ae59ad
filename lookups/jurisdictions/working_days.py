"""Working days of a jurisdiction.

A limit of n working days counts from the day after; the due day is included and ends at its midnight, local time.
Holidays, and the weekend days that are worked in their place, come from the ``holidays`` package.
"""

import datetime
import functools
import zoneinfo

import holidays

from lookups.jurisdictions.model import Jurisdiction

_DAY = datetime.timedelta(days=1)


@functools.lru_cache(maxsize=32)
def _calendar(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)


def is_working_day(day: datetime.date, jurisdiction: Jurisdiction) -> bool:
    return _calendar(jurisdiction.observes_holidays_of or jurisdiction.code).is_working_day(day)


def add(start: datetime.date, days: int, jurisdiction: Jurisdiction) -> datetime.date:
    """The ``days``-th working day after ``start``. Raises ValueError for less than one."""
    if days < 1:
        raise ValueError("a time limit has at least one working day")
    day = start
    while days:
        day += _DAY
        days -= is_working_day(day, jurisdiction)
    return day


def between(start: datetime.date, end: datetime.date, jurisdiction: Jurisdiction) -> int:
    """Working days after ``start`` up to and including ``end``; 0 where ``end`` is not later."""
    return sum(is_working_day(start + _DAY * step, jurisdiction) for step in range(1, max(0, (end - start).days) + 1))


def due_at(filed_at: datetime.datetime, days: int, jurisdiction: Jurisdiction) -> datetime.datetime:
    """The moment a limit of ``days`` working days ends: the midnight that closes the due day, in local time."""
    zone = zoneinfo.ZoneInfo(jurisdiction.time_zone)
    due_day = add(filed_at.astimezone(zone).date(), days, jurisdiction)
    return _midnight(due_day + _DAY, zone)


def with_days_left(due: datetime.datetime, days: float, jurisdiction: Jurisdiction) -> datetime.datetime:
    """The moment at which ``days`` working days are left before ``due``, the midnight that ends a limit.

    A part of a day is that part of the working day's own hours (23 or 25 where the clock is changed).
    """
    zone = zoneinfo.ZoneInfo(jurisdiction.time_zone)
    day = last_day(due, jurisdiction)
    while days > 1 or not is_working_day(day, jurisdiction):
        days -= is_working_day(day, jurisdiction)
        day -= _DAY
    begins, ends = (_midnight(one, zone).astimezone(datetime.UTC) for one in (day, day + _DAY))
    return begins + (ends - begins) * (1 - days)


def _midnight(day: datetime.date, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), tzinfo=zone)


def local_day(moment: datetime.datetime, jurisdiction: Jurisdiction) -> datetime.date:
    """The calendar day of ``moment`` in the jurisdiction."""
    return moment.astimezone(zoneinfo.ZoneInfo(jurisdiction.time_zone)).date()


def last_day(due: datetime.datetime, jurisdiction: Jurisdiction) -> datetime.date:
    """The due day itself, for people: a limit ends at the midnight after it."""
    return local_day(due - datetime.timedelta(seconds=1), jurisdiction)
