"""The shape of a country's rules. Plain data: what a country file fills in."""

import dataclasses
import datetime
from collections.abc import Callable

from django.utils.functional import Promise


@dataclasses.dataclass(frozen=True)
class IdScheme:
    """One kind of identity document: ``check`` returns the normalised number or raises ``stdnum``'s ValidationError."""

    code: str
    label: str | Promise
    check: Callable[[str], str]
    hint: str | Promise = ""


@dataclasses.dataclass(frozen=True)
class Numbering:
    """Which phone numbers belong here: the region of phonenumbers' metadata, and ranges that it refuses.

    ``extra_ranges`` are regular expressions on the national number (machine-to-machine ranges mostly).
    """

    region: str
    extra_ranges: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class PerPersonLimit:
    """How many lines one person may hold, and whether at each carrier or in all."""

    lines: int
    at_each_carrier: bool
    source: str


@dataclasses.dataclass(frozen=True)
class TimeLimit:
    """How long a carrier has, in working days after the day of filing, and where that is written.

    ``reasons`` and ``plans`` say which disputes it covers; empty means all. ``in_law`` is False for the portal's own
    default. No law that we know sets a time for confirming receipt; where one does, its ``acknowledge_source`` says so.
    ``silence_decides`` names where it is written that a carrier which stays silent has lost; empty: the regulator
    decides.
    """

    answer_days: int
    source: str
    in_law: bool
    acknowledge_days: int = 1
    acknowledge_source: str = ""
    silence_decides: str = ""
    reasons: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()

    def covers(self, reason: str, plan: str) -> bool:
        return (not self.reasons or reason in self.reasons) and (not self.plans or plan in self.plans)


@dataclasses.dataclass(frozen=True)
class Standstill:
    """For how many working days in all a carrier's clock stands still while it waits for the citizen's answers."""

    days: int
    source: str
    in_law: bool


@dataclasses.dataclass(frozen=True)
class Removal:
    """In how many working days after its answer a carrier's feeds must no longer list what it said it removed."""

    days: int
    source: str
    in_law: bool


@dataclasses.dataclass(frozen=True)
class Retention:
    """For how many days we keep what is over: registrations after their end, feeds, lists of rejected lines.

    ``source`` and ``in_law`` are about the registrations; the others are always the portal's own housekeeping.
    """

    ended_days: int
    source: str
    in_law: bool
    feed_days: int = 730
    rejects_days: int = 90


@dataclasses.dataclass(frozen=True)
class Caps:
    """What keeps disputing from being used against somebody, or against the carriers (the portal's own numbers).

    One person files at most ``filed_in_a_day`` disputes in 24 hours. A number whose dispute the carrier had and that
    ended can be disputed again ``cooling_off`` later. Who asks their family first has ``family_days`` for it.
    """

    filed_in_a_day: int = 50
    cooling_off: datetime.timedelta = datetime.timedelta(days=1)
    family_days: int = 14


STANDSTILL_DEFAULT = Standstill(days=10, source="portal default: no law names a number of days", in_law=False)
REMOVAL_DEFAULT = Removal(days=2, source="portal default: no law names a number of days", in_law=False)
RETENTION_DEFAULT = Retention(ended_days=730, source="portal default: no law that we know names a time", in_law=False)


@dataclasses.dataclass(frozen=True)
class Jurisdiction:
    """One country's rules.

    ``time_limits`` are read top down, the first that covers a dispute counts; the last covers all.
    """

    code: str
    name: str | Promise
    languages: tuple[str, ...]
    time_zone: str
    id_schemes: tuple[IdScheme, ...]
    numbering: Numbering
    time_limits: tuple[TimeLimit, ...]
    standstill: Standstill = STANDSTILL_DEFAULT
    removal: Removal = REMOVAL_DEFAULT
    retention: Retention = RETENTION_DEFAULT
    per_person_limit: PerPersonLimit | None = None
    undo_window: datetime.timedelta = datetime.timedelta(hours=2)
    observes_holidays_of: str = ""
    caps: Caps = Caps()

    def time_limit(self, reason: str, plan: str) -> TimeLimit:
        """The limit for a dispute with this reason about a line with this plan."""
        return next(limit for limit in self.time_limits if limit.covers(reason, plan))


PORTAL_DEFAULT = TimeLimit(answer_days=5, source="portal default: no law names a number of days", in_law=False)
