"""Feed files of invented registrations, in any length: for the sample world, for benchmarks and for tests.

The same arguments make the same file.
"""

import csv
import datetime
import functools
import io
import random
from collections.abc import Callable, Iterable
from typing import IO

from lookups.demo.people import country, id_number, phone_number
from lookups.registry.feeds.header import COLUMNS
from lookups.registry.feeds.lines import Reject
from lookups.registry.feeds.source import LONGEST_LINE

UNTIL = datetime.date(2026, 11, 1)
_LINES_AT_ONCE = 10_000
_PROFILES = 1024
_DAYS = 12 * 365
_DAY = datetime.timedelta(days=1)


def write_feed(
    file: IO[bytes],
    *,
    lines: int,
    people: int,
    seed: int,
    carrier: str = "northern",
    bad: int = 0,
    until: datetime.date = UNTIL,
    more: Iterable[dict[str, str]] = (),
) -> list[Reject]:
    """Write a feed of ``lines`` registrations held by ``people`` people, of which ``bad`` lines are wrong, after the
    rows of ``more``. Returns what an import has to reject. ``until`` is the last day on which something happened."""
    dice = random.Random(f"{seed} {carrier} {lines}")
    numbers = _crowd(country().scheme, seed, people)
    profiles = [_profile(dice) for _ in range(_PROFILES)]
    dates = [(until - _DAY * back).isoformat() for back in range(_DAYS)]
    wrong_at = set(dice.sample(range(lines), bad))
    rejects: list[Reject] = []
    text = [",".join(COLUMNS), *(_csv_line(row) for row in more)]
    first = len(text) + 1
    scheme, earlier, chance = country().scheme, "", dice.random
    for index in range(lines):
        service, plan, status, tail, check = profiles[int(chance() * _PROFILES)]
        age = int(chance() * chance() * _DAYS)
        activated = dates[age]
        ended = dates[int(chance() * age)] if status == "ended" else ""
        line = (
            f"{scheme},{numbers[int(chance() * people)]},{phone_number(carrier, seed, index)},{service},{plan},"
            f"{status},{activated},{ended},{tail},{check},{activated if check else ''}"
        )
        if index in wrong_at:
            line, column, reason = _spoil(line, len(rejects), earlier)
            rejects.append(Reject(first + index, column, reason))
        else:
            earlier = earlier or line
        text.append(line)
        if len(text) >= _LINES_AT_ONCE:
            file.write(("\n".join(text) + "\n").encode())
            text.clear()
    if text:
        file.write(("\n".join(text) + "\n").encode())
    return rejects


@functools.lru_cache(maxsize=2)
def _crowd(scheme: str, seed: int, people: int) -> list[str]:
    """The identity numbers of everybody: the same people are at all carriers."""
    return [id_number(seed, index) for index in range(people)]


def _profile(dice: random.Random) -> tuple[str, str, str, str, str]:
    """Service, plan, status, channel and district, identity check."""
    channel = dice.choices(["outlet", "online", "agent"], [60, 25, 15])[0]
    district = "" if channel == "online" else f'"{dice.choice(country().places)}"'
    return (
        dice.choices(["mobile", "data"], [90, 10])[0],
        dice.choices(["prepaid", "postpaid"], [60, 40])[0],
        dice.choices(["active", "suspended", "ended"], [82, 4, 14])[0],
        f"{channel},{district}",
        dice.choices(["document", "portrait", "video", "none", ""], [35, 40, 15, 5, 5])[0],
    )


def _csv_line(row: dict[str, str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([row.get(column, "") for column in COLUMNS])
    return text.getvalue()


def _spoil(line: str, nth: int, earlier: str) -> tuple[str, str, str]:
    """A line with the ``nth`` kind of mistake, its column, and the reason for which it has to be rejected."""
    kind = nth % (len(_MISTAKES) + 2)
    if kind == len(_MISTAKES) and earlier:
        return earlier, "", "duplicate_of_earlier_line"
    mistake = _MISTAKES[kind % len(_MISTAKES)]
    if kind > len(_MISTAKES) and country().has_check_digit:
        mistake = _WRONG_CHECK_DIGIT
    column, reason, change = mistake
    if not column:
        return change(line), column, reason
    row = dict(zip(COLUMNS, next(csv.reader([line])), strict=True))
    row[column] = change(row[column])
    return _csv_line(row), column, reason


def _other_digit(number: str) -> str:
    return f"{number[:-2]}{(int(number[-2]) + 1) % 10}{number[-1]}"


_Mistake = tuple[str, str, Callable[[str], str]]
_WRONG_CHECK_DIGIT: _Mistake = ("id_number", "checksum", _other_digit)
_MISTAKES: tuple[_Mistake, ...] = (
    ("id_number", "length", lambda number: number[:-1]),
    ("id_number", "missing", lambda _: ""),
    ("id_scheme", "unknown_scheme", lambda _: "XX-CARD"),
    ("phone_number", "not_e164", lambda number: number.removeprefix("+")),
    ("phone_number", "not_a_number_of_this_country", lambda number: number[:-3]),
    ("service", "unknown_value", lambda _: "fax"),
    ("status", "missing", lambda _: ""),
    ("activated_on", "in_the_future", lambda _: "2999-01-01"),
    ("activated_on", "not_a_date", lambda _: "2024-13-01"),
    ("identity_check", "unknown_value", lambda _: "palm"),
    ("outlet_district", "formula", lambda _: "=1+1"),
    ("", "wrong_number_of_fields", lambda line: f"{line},"),
    ("", "quote_is_not_closed", lambda line: f'{line}"'),
    ("", "too_long", lambda line: line + "x" * LONGEST_LINE),
)
