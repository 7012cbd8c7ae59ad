"""Letters with activation codes: what citizens ask for, and what the operator prints.

Names and addresses come from the population register, pass through a command onto paper, and are kept nowhere. The one
thing that waits is the ID number of somebody who asked for a letter: sealed, 7 days at most.
"""

import csv
import datetime
import io
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from lookups.identity import throttling
from lookups.identity.models import LetterRequest
from lookups.jurisdictions import schemes

KEPT = datetime.timedelta(days=7)
ADDRESS_LINES = 6
LONGEST_LINE = 60
SCHEME, NUMBER, NAME, ADDRESS, ABROAD = "id_scheme", "id_number", "name", "address", "abroad"


class BadList(ValueError):
    """The list of addressees cannot be read at all. Says where, never what."""


@dataclass(frozen=True, repr=False)
class Addressee:
    """One line of the register's list. Shows nothing of itself."""

    line: int
    number: str
    lines: tuple[str, ...]
    abroad: bool = False
    scheme: str = ""


def ask_for(subject: uuid.UUID, *, scheme: str, number: str, source: str) -> None:
    """Note that somebody wants a letter. Raises TooManyTries.

    The same work whether the document is in anybody's register, has an account, or was asked about before.
    """
    throttling.begin("letter", who=subject, source=source)
    wanted = LetterRequest(subject=subject, scheme=scheme)
    wanted.number = schemes.normalise(scheme, number)
    LetterRequest.objects.bulk_create([wanted], ignore_conflicts=True)


def forget_old() -> int:
    """Delete what nobody printed within 7 days; how many there were."""
    return LetterRequest.objects.filter(requested_at__lte=timezone.now() - KEPT).delete()[0]


def waiting() -> list[LetterRequest]:
    """What can still be printed, oldest first."""
    return list(LetterRequest.objects.filter(requested_at__gt=timezone.now() - KEPT).order_by("requested_at"))


def read_addressees(text: str) -> Iterator[Addressee]:
    """The lines of a CSV list: ``id_number``, ``name``, columns that begin with ``address`` in their order, ``abroad``.

    Raises BadList for a list without these columns.
    """
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [(column or "").strip().lower() for column in rows.fieldnames or ()]
        rows.fieldnames = columns
        address = [column for column in columns if column.startswith(ADDRESS)]
        if NUMBER not in columns or NAME not in columns or not address:
            raise BadList("The first line names the columns: id_number, name, address (or address_1, address_2 …).")
        for row in rows:
            yield _addressee(row, address, line=rows.line_num)
    except csv.Error:
        raise BadList(f"The list is not CSV (near line {rows.line_num}).") from None


def _addressee(row: Mapping[str, str | None], address: list[str], *, line: int) -> Addressee:
    parts = [row.get(NAME) or ""]
    for column in address:
        parts += (row.get(column) or "").splitlines()
    lines = tuple(" ".join(part.split()) for part in parts if part.strip())
    abroad = (row.get(ABROAD) or "").strip().lower() in {"1", "yes", "true"}
    return Addressee(
        line=line,
        number=(row.get(NUMBER) or "").strip(),
        lines=lines,
        abroad=abroad,
        scheme=(row.get(SCHEME) or "").strip(),
    )


def wrong_with(addressee: Addressee) -> str:
    """Why no letter can be sent there, or "". Never repeats what stands in the list."""
    if len(addressee.lines) < 2:
        return "a name and an address are needed"
    if len(addressee.lines) > ADDRESS_LINES + 1:
        return f"the address has more than {ADDRESS_LINES} lines"
    if any(len(line) > LONGEST_LINE for line in addressee.lines):
        return f"a line of the address is longer than {LONGEST_LINE} characters"
    return ""


def enrol_address() -> str:
    """Where the code is typed. Nothing of anybody stands in it."""
    return settings.PORTAL_BASE_URL + reverse("identity:enrol")
