"""The moment that a feed is "as of", as carriers write it."""

import datetime
import zoneinfo

from django.utils.dateparse import parse_date, parse_datetime

from lookups.jurisdictions import rules


def read(text: str) -> datetime.datetime | None:
    """ISO 8601; without an offset it is local time of the jurisdiction, without a time the day's beginning.

    None where it is no moment.
    """
    try:
        moment = parse_datetime(text)
        if moment is None and (day := parse_date(text)) is not None:
            moment = datetime.datetime.combine(day, datetime.time.min)
    except ValueError:
        return None
    if moment is None or moment.tzinfo:
        return moment
    return moment.replace(tzinfo=zoneinfo.ZoneInfo(rules.current().time_zone))
