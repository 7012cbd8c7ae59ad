"""One line of a feed, checked and turned into a row of PostgreSQL's binary COPY; and why a line is not taken.

Keys, ciphers and rules are looked up once for a feed. Values that repeat (dates, districts, choices) are checked once
and their wire form is kept: ``chunks`` takes lines made of such values all together, and leaves the others to this.
"""

import binascii
import csv
import dataclasses
import datetime
import operator
import struct
import uuid
from collections.abc import Callable, Iterable

from stdnum.exceptions import ValidationError

from lookups.jurisdictions import numbering, rules, schemes
from lookups.jurisdictions.schemes import InvalidIdNumber
from lookups.registry.feeds.header import Header
from lookups.registry.feeds.source import LONGEST_LINE
from lookups.registry.models import IdentityCheck, Plan, Registration, SalesChannel, Service, Status
from lookups.vault import blind
from lookups.vault.fields import sealing_context
from lookups.vault.sealing import Sealer

WIRE_COLUMNS = 14
ROW = struct.pack(">hi", WIRE_COLUMNS, 8)
SIXTEEN = struct.pack(">i", 16)
_UUID_GROUPS = struct.Struct("8s4s4s4s12s")
NULL = struct.pack(">i", -1)
_POSTGRES_EPOCH = datetime.date(2000, 1, 1).toordinal()
_EARLIEST = datetime.date(1900, 1, 1)
_LONGEST_DISTRICT = 120
_KEPT = 50_000
_FORMULA = ("=", "+", "-", "@")
_SEALED_OVERHEAD = 1 + 12 + 16


class Rejected(Exception):
    """A line is not taken: which column, and why, in a machine-readable word.

    ``listed`` is a row that only says that the carrier does list this registration, where the line told as much: a
    snapshot with a wrong date in a line must not end what the line is about.
    """

    listed: tuple[bytes, ...] = ()

    def __init__(self, column: str, reason: str) -> None:
        self.column = column
        self.reason = reason


class NotText(Exception):
    """A chunk that is not UTF-8."""


@dataclasses.dataclass(frozen=True)
class Reject:
    line: int
    column: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Batch:
    """What became of a chunk: ``rows`` for COPY, and the lines that were not taken."""

    lines: int
    taken: int
    rows: bytes
    rejects: list[Reject]


@dataclasses.dataclass(frozen=True)
class Terms:
    """What the lines of one feed are read under. ``today`` is the day of its "as of" in the jurisdiction."""

    feed_id: uuid.UUID
    carrier_id: uuid.UUID
    header: Header
    today: datetime.date


class LineReader:
    """Reads the lines of one feed. Holds keys and caches, so it is made once in each process."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._arrange: Callable[[list[str]], Iterable[str]] | None = None
        if not terms.header.is_plain:
            self._arrange = operator.itemgetter(*terms.header.order)
        self._carrier = terms.carrier_id.bytes
        self._dates: dict[str, bytes] = {"": NULL}
        self._districts: dict[str, bytes] = {"": _text("")}
        self._service = _choices(Service.values)
        self._plan = _choices(["", *Plan.values])
        self._status = _choices(Status.values)
        self._ended = self._status[Status.ENDED]
        self._channel = _choices(["", *SalesChannel.values])
        self._identity_check = _choices(["", *IdentityCheck.values])
        self._phone_number_fits = numbering.pattern(rules.current().code).fullmatch
        self._schemes = {
            scheme.code: (scheme.check, blind.in_bulk(f"subject|{scheme.code}"))
            for scheme in rules.current().id_schemes
        }
        self._index_of_number = blind.in_bulk("number")
        field = Registration._meta.get_field("number")
        self._seal = Sealer(f"{field.name}:{terms.feed_id}").in_bulk()
        self._context = sealing_context(Registration._meta.db_table, field.name, "").encode()
        self._sealed_size = [struct.pack(">i", _SEALED_OVERHEAD + size) for size in range(numbering.MAX_LENGTH + 1)]

    def row(self, number: int, line: str) -> tuple[bytes, ...]:
        """The row of line ``number``, as parts to be joined. Raises Rejected."""
        if len(line) > LONGEST_LINE:
            raise Rejected("", "too_long")
        fields = line.split(",") if '"' not in line else _quoted(line)
        if len(fields) != self._terms.header.width:
            raise Rejected("", "wrong_number_of_fields")
        if self._arrange is not None:
            fields.append("")
            fields = list(self._arrange(fields))
        (scheme, id_number, phone, service, plan, status, activated, ended, channel, district, check, checked) = fields

        subject = self._subject(scheme.strip(), id_number)
        if not self._phone_number_fits(phone):
            phone = self._phone_number(phone)
        (number_index,) = self._index_of_number([phone])
        row_id = blind.registration_key(subject, self._carrier, number_index)
        try:
            # What an unusual value costs is paid by that value alone.
            service_wire = self._service.get(service) or _choice(self._service, "service", service)
            plan_wire = self._plan.get(plan) or _choice(self._plan, "plan", plan)
            status_wire = self._status.get(status) or _choice(self._status, "status", status)
            channel_wire = self._channel.get(channel) or _choice(self._channel, "channel", channel)
            check_wire = self._identity_check.get(check) or _choice(self._identity_check, "identity_check", check)
            activated_wire = self._dates.get(activated) or self._date("activated_on", activated)
            ended_wire = self._dates.get(ended) or self._date("ended_on", ended)
            checked_wire = self._dates.get(checked) or self._date("identity_checked_on", checked)
            district_wire = self._districts.get(district) or self._district(district)
            if activated_wire is NULL:
                raise Rejected("activated_on", "missing")
            if ended_wire is not NULL:
                if status_wire is not self._ended:
                    raise Rejected("ended_on", "status_is_not_ended")
                if ended.strip() < activated.strip():
                    raise Rejected("ended_on", "before_activated_on")
            elif status_wire is self._ended:
                raise Rejected("ended_on", "missing")
        except Rejected as problem:
            problem.listed = (ROW, number.to_bytes(8), SIXTEEN, row_id, NULL * (WIRE_COLUMNS - 2))
            raise
        (sealed,) = self._seal([phone], self._contexts([row_id]))
        return (
            ROW,
            number.to_bytes(8),
            SIXTEEN,
            row_id,
            SIXTEEN,
            subject,
            SIXTEEN,
            number_index,
            self._sealed_size[len(phone)],
            sealed,
            service_wire,
            plan_wire,
            status_wire,
            activated_wire,
            ended_wire,
            channel_wire,
            district_wire,
            check_wire,
            checked_wire,
        )

    def _contexts(self, row_ids: Iterable[bytes]) -> list[bytes]:
        """What the sealed number of each row is bound to."""
        start, groups = self._context, b"-".join
        return [start + groups(each) for each in _UUID_GROUPS.iter_unpack(binascii.hexlify(b"".join(row_ids)))]

    def _subject(self, scheme: str, id_number: str) -> bytes:
        known = self._schemes.get(scheme)
        if known is None:
            raise Rejected("id_scheme", "unknown_scheme" if scheme else "missing")
        check_number, index_of_person = known
        try:
            return index_of_person([check_number(id_number)])[0]
        except ValidationError:
            raise _bad_id_number(scheme, id_number) from None

    def _phone_number(self, phone: str) -> str:
        phone = phone.strip()
        if not phone:
            raise Rejected("phone_number", "missing")
        if not self._phone_number_fits(phone):
            raise Rejected("phone_number", "not_a_number_of_this_country" if phone.startswith("+") else "not_e164")
        return phone

    def _date(self, column: str, text: str) -> bytes:
        iso = text.strip()
        if not iso:
            return NULL
        try:
            day = datetime.date.fromisoformat(iso) if len(iso) == len("2000-01-01") else None
        except ValueError:
            day = None
        if day is None:
            raise Rejected(column, "not_a_date")
        if day > self._terms.today:
            raise Rejected(column, "in_the_future")
        if day < _EARLIEST:
            raise Rejected(column, "before_1900")
        wire = struct.pack(">ii", 4, day.toordinal() - _POSTGRES_EPOCH)
        if iso == text:
            self._dates[text] = wire
        return wire

    def _district(self, text: str) -> bytes:
        district = text.strip()
        if len(district) > _LONGEST_DISTRICT:
            raise Rejected("outlet_district", "too_long")
        if not district.isprintable():
            raise Rejected("outlet_district", "control_character")
        if district.startswith(_FORMULA):
            raise Rejected("outlet_district", "formula")
        if len(self._districts) >= _KEPT:
            self._districts.clear()
        wire = self._districts[text] = _text(district)
        return wire


def _quoted(line: str) -> list[str]:
    """The fields of a line in which some are quoted (RFC 4180)."""
    if line.count('"') % 2:
        raise Rejected("", "quote_is_not_closed")
    try:
        return next(csv.reader([line], strict=True))
    except (csv.Error, StopIteration):
        raise Rejected("", "quotes") from None


def _bad_id_number(scheme: str, number: str) -> Rejected:
    if not number.strip():
        return Rejected("id_number", "missing")
    try:
        schemes.normalise(scheme, number)
    except InvalidIdNumber as problem:
        return Rejected("id_number", problem.code)
    raise AssertionError("a number that its check refuses is not normalised")


def _choices(values: Iterable[str]) -> dict[str, bytes]:
    return {value: _text(value) for value in values}


def _choice(choices: dict[str, bytes], column: str, text: str) -> bytes:
    wire = choices.get(text.strip())
    if wire is None:
        raise Rejected(column, "unknown_value" if text.strip() else "missing")
    return wire


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">i", len(encoded)) + encoded
