"""How the pages write a date or a time: weekday and month in words, in the reader's language and order.

Each filter takes a date or an aware datetime (turned into the page's time zone by Django first) and gives a text; the
patterns are translatable strings, so that a language can put its parts in its own order without a formats module.
"""

import datetime
import functools

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext

register = template.Library()


@register.filter(expects_localtime=True)
def day(value: datetime.date | None) -> str:
    """Give "Friday 27 November 2026"; an empty text for None."""
    # Translators: a date pattern in Django's letters: weekday, day, month in words, year.
    return date_format(value, pgettext("date pattern", "l j F Y")) if value else ""


@register.filter(expects_localtime=True)
def short_day(value: datetime.date | None) -> str:
    """Give "27 November 2026"; an empty text for None."""
    return date_format(value, pgettext("date pattern", "j F Y")) if value else ""


@register.filter(expects_localtime=True)
def clock(value: datetime.datetime | None) -> str:
    """Give "10:02"; an empty text for None."""
    return date_format(value, pgettext("time pattern", "H:i")) if value else ""


@register.filter(expects_localtime=True)
def moment(value: datetime.datetime | None) -> str:
    """Give "Saturday 21 November 2026, 10:02"; an empty text for None."""
    return date_format(value, pgettext("date and time pattern", "l j F Y, H:i")) if value else ""


@register.filter(expects_localtime=True)
def since(value: datetime.datetime | None) -> str:
    """Give "today, 06:00", "yesterday, 23:30" or "18 November 2026, 23:30"; an empty text for None."""
    # Without its zone: equal moments of two zones are not written alike.
    return _since(value.replace(tzinfo=None), timezone.localdate(), get_language()) if value else ""


@functools.lru_cache(maxsize=1024)
def _since(value: datetime.datetime, today: datetime.date, _language: str | None) -> str:
    """What a page says of every carrier's report: the same moments, over and over again."""
    age = today - value.date()
    if age == datetime.timedelta(0):
        return gettext("today, %(time)s") % {"time": clock(value)}
    if age == datetime.timedelta(days=1):
        return gettext("yesterday, %(time)s") % {"time": clock(value)}
    return date_format(value, pgettext("date and time pattern", "j F Y, H:i"))
