"""How often somebody may try: growing delays, counted in PostgreSQL.

Each try is charged before it is judged and refunded when it was right, so that a hundred tries at once are a hundred
charges. Three counts are kept, by blind index alone:

- *pair*: this source on this document (or address). A few tries are free, then the delay doubles up to ``longest``.
- *source*: everything from this source, against someone who tries one password on many documents.
- *document*: all failures on this document from anywhere. It never blocks by itself: when it is high, each source has
  one try in ``longest`` instead of several. So a stranger elsewhere can never keep the owner of a document out: the
  owner's own source always has its try, and waits ``longest`` at most (15 minutes) after a wrong one.

A browser that the account knows (``devices``) is counted as itself and not as its address: strangers' failures, behind
the same address or elsewhere, never slow it.
"""

import dataclasses
import datetime
import ipaddress
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from lookups.identity import devices
from lookups.identity.models import Throttle
from lookups.vault import blind


class TooManyTries(Exception):
    """Refused before anything was looked at. Says nothing about whether what was tried is right, or exists."""


@dataclasses.dataclass(frozen=True)
class Budget:
    """``free`` failures, then ``first`` seconds of delay, doubling up to ``longest``.

    The count is forgotten ``forget`` after the last failure.
    """

    free: int
    first: float
    longest: float
    forget: datetime.timedelta

    def delay(self, failures: int) -> datetime.timedelta | None:
        """What the failure that makes ``failures`` costs."""
        if failures < self.free:
            return None
        return datetime.timedelta(seconds=min(self.longest, self.first * 2 ** min(failures - self.free, 32)))


@dataclasses.dataclass(frozen=True)
class Rules:
    """The budgets of one door. After ``attacked_after`` failures from anywhere, each source has one try at a time."""

    pair: Budget
    source: Budget
    attacked_after: int = 20


_DAY = datetime.timedelta(days=1)
_HOUR = datetime.timedelta(hours=1)
_PER_SOURCE = Budget(free=30, first=2, longest=60, forget=_HOUR)

SIGN_IN = Rules(pair=Budget(free=5, first=2, longest=900, forget=_DAY), source=_PER_SOURCE)
RECOVERY = Rules(pair=Budget(free=5, first=2, longest=900, forget=_DAY), source=_PER_SOURCE)
# Five tries in ten minutes.
ENROLMENT = Rules(
    pair=Budget(free=5, first=600, longest=600, forget=datetime.timedelta(minutes=10)), source=_PER_SOURCE
)
# Asking for a letter is never refunded: four for one document from one source, then one an hour, and fewer.
LETTER = Rules(
    pair=Budget(free=4, first=3600, longest=86400, forget=_DAY),
    source=Budget(free=20, first=60, longest=3600, forget=_DAY),
)
# Each return from the eID provider makes us ask it: counted by source alone.
EID = Rules(pair=_PER_SOURCE, source=_PER_SOURCE, attacked_after=2**30)
# The code of a certificate, typed by anybody: a hundred bits, so that it is the source that is slowed down.
CERTIFICATE = Rules(pair=_PER_SOURCE, source=_PER_SOURCE, attacked_after=2**30)
# Comparing a certificate with an ID or a number: never refunded, and counted for all sources together (the caller names
# the dispute as source), since whoever holds the paper has but four hidden digits to guess.
COMPARISON = Rules(
    pair=Budget(free=5, first=60, longest=3600, forget=_DAY),
    source=Budget(free=5, first=60, longest=3600, forget=_DAY),
    attacked_after=2**30,
)
# A file that somebody adds is opened and made anew: never refunded, and counted for the person, not for where they are.
EVIDENCE = Rules(
    pair=Budget(free=30, first=60, longest=900, forget=_HOUR),
    source=Budget(free=30, first=60, longest=900, forget=_HOUR),
    attacked_after=2**30,
)
_DOORS = {
    "sign-in": SIGN_IN,
    "recovery": RECOVERY,
    "enrolment": ENROLMENT,
    "letter": LETTER,
    "eid": EID,
    "certificate": CERTIFICATE,
    "comparison": COMPARISON,
    "evidence": EVIDENCE,
}


class Source(str):
    """Where a request comes from, for all who count or log; and the secret of the device cookie that came with it."""

    __slots__ = ("device",)
    device: str

    @classmethod
    def of(cls, address: str, *, device: str) -> "Source":
        made = cls(address)
        made.device = device
        return made


def device_of(source: str) -> str:
    """The secret of the device cookie that came from there, or ""."""
    return source.device if isinstance(source, Source) else ""


@dataclasses.dataclass(frozen=True)
class Try:
    """One try that was charged."""

    pair: uuid.UUID
    others: tuple[uuid.UUID, uuid.UUID]

    def succeeded(self) -> None:
        """Refund it: the pair starts anew, the two wider counts are as if this try had not been."""
        with transaction.atomic():
            rows = _locked([self.pair, *self.others])
            for row in rows.values():
                row.failures = max(row.failures - 1, 0) if row.pk in self.others else 0
                row.blocked_until = None
            Throttle.objects.bulk_update(rows.values(), ["failures", "blocked_until"])


def begin(door: str, *, who: uuid.UUID, source: str, own: str = "") -> Try:
    """Charge a try at ``door`` (a key of _DOORS) on ``who`` from ``source``. Raises TooManyTries.

    ``own`` names a device that ``who`` knows (``devices.slot``): it is counted instead of the source.

    Commits before it returns (where no outer transaction runs): the count outlives whatever the caller does next.
    """
    rules = _DOORS[door]
    now = timezone.now()
    source = own or source
    pair = blind.index(f"throttle {door}", f"{who}|{source}")
    by_source = blind.index(f"throttle {door}", f"source|{source}")
    by_document = blind.index(f"throttle {door}", f"document|{who}")
    keys = sorted([pair, by_source, by_document])
    with transaction.atomic():
        Throttle.objects.bulk_create(
            [Throttle(pk=key, failures=0, last_failure_at=now) for key in keys], ignore_conflicts=True
        )
        rows = _locked(keys)
        for row, budget in ((rows[pair], rules.pair), (rows[by_source], rules.source)):
            if row.blocked_until and row.blocked_until > now:
                raise TooManyTries
            if row.last_failure_at < now - budget.forget:
                row.failures = 0
        if rows[by_document].last_failure_at < now - _DAY:
            rows[by_document].failures = 0
        attacked = not own and rows[by_document].failures >= rules.attacked_after
        if attacked and rows[pair].failures and rows[pair].last_failure_at > now - _seconds(rules.pair.longest):
            raise TooManyTries
        for row in rows.values():
            row.failures += 1
            row.last_failure_at = now
            row.blocked_until = None
        _block(rows[pair], _seconds(rules.pair.longest) if attacked else rules.pair.delay(rows[pair].failures))
        _block(rows[by_source], rules.source.delay(rows[by_source].failures))
        Throttle.objects.bulk_update(rows.values(), ["failures", "last_failure_at", "blocked_until"])
    return Try(pair=pair, others=(by_source, by_document))


def _locked(keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, Throttle]:
    """These rows, locked in the one order that everybody keeps. They are never deleted under anybody's hands."""
    return {row.pk: row for row in Throttle.objects.select_for_update().filter(pk__in=keys).order_by("pk")}


def _block(row: Throttle, delay: datetime.timedelta | None) -> None:
    row.blocked_until = row.last_failure_at + delay if delay else None


def _seconds(seconds: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=seconds)


def source_of(request: HttpRequest) -> Source:
    """Where a request comes from, with its device cookie."""
    return Source.of(_address_of(request), device=devices.presented(request))


def _address_of(request: HttpRequest) -> str:
    """Its IPv4 address, or the /64 of its IPv6 address, which one subscriber holds whole.

    Behind a proxy of ours the last entry of X-Forwarded-For counts: the one that the proxy itself wrote.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        address = str(request.META.get("HTTP_X_FORWARDED_FOR", address)).rsplit(",", 1)[-1].strip()
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed  # how a socket for both kinds shows IPv4
    if parsed.version == 6:
        return str(ipaddress.ip_network(f"{parsed}/64", strict=False).network_address)
    return str(parsed)
