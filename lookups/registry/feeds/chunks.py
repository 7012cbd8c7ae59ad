"""A chunk of lines at once: what is ordinary about them is done by columns, which takes half the time.

A line is ordinary when every value in it is known to be good already: then its columns are looked up, hashed and
sealed by functions that run through whole lists. Every other line, good or bad, goes through ``LineReader.row`` by
itself, which decides what it is worth and remembers its good values.
"""

from collections.abc import Sequence
from itertools import chain, compress, repeat
from typing import Any

from stdnum.exceptions import ValidationError

from lookups.registry.feeds.lines import (
    ROW,
    SIXTEEN,
    Batch,
    LineReader,
    NotText,
    Reject,
    Rejected,
)
from lookups.registry.feeds.source import LONGEST_LINE, Chunk
from lookups.registry.models import Status
from lookups.vault import blind


class Reader(LineReader):
    """Reads the chunks of one feed."""

    def read(self, chunk: Chunk) -> Batch:
        """Raises NotText. Blank lines are no lines."""
        try:
            text = chunk.content.decode()
        except UnicodeDecodeError:
            raise NotText from None
        lines = (text.replace("\r\n", "\n").removesuffix("\r") if "\r" in text else text).split("\n")
        numbers, rows, others = self._split(lines, chunk.first_line)
        parts: list[bytes] = []
        if rows:
            odd = self._ordinary(parts, numbers, rows)
            others += [(number, lines[number - chunk.first_line]) for number in odd]
        rejects: list[Reject] = []
        for number, line in sorted(others):
            try:
                parts += self.row(number, line)
            except Rejected as problem:
                rejects.append(Reject(number, problem.column, problem.reason))
                parts += problem.listed
        count = len(lines) - lines.count("")
        return Batch(count, count - len(rejects), b"".join(parts), rejects)

    def _split(self, lines: list[str], first: int) -> tuple[list[int], list[list[str]], list[tuple[int, str]]]:
        """The numbers and fields of lines that have the right number of fields, and the other lines."""
        width = self._terms.header.width
        numbers: list[int] = []
        rows: list[list[str]] = []
        others: list[tuple[int, str]] = []
        for number, line in enumerate(lines, first):
            fields = _with_one_quoted(line) if '"' in line else line.split(",")
            if len(fields) == width and len(line) <= LONGEST_LINE:
                numbers.append(number)
                rows.append(fields)
            elif line:
                others.append((number, line))
        return numbers, rows, others

    def _ordinary(self, parts: list[bytes], numbers: list[int], rows: list[list[str]]) -> list[int]:
        """Adds the ordinary ones among ``rows`` to ``parts``; returns the numbers of the others."""
        columns: list[Sequence[str]] = [*zip(*rows, strict=True), ("",) * len(rows)]
        schemes, ids, phones, service, plan, status, began, ended, channel, district, check, checked = (
            columns[position] for position in self._terms.header.order
        )
        checked_ids = list(map(self._checked_id, schemes, ids))
        fitting = list(map(self._phone_number_fits, phones))
        known = [
            (self._service, service),
            (self._plan, plan),
            (self._status, status),
            (self._dates, began),
            (self._dates, ended),
            (self._channel, channel),
            (self._districts, district),
            (self._identity_check, check),
            (self._dates, checked),
        ]
        facts: list[list[Any]] = [list(map(wires.get, values)) for wires, values in known]
        odd = {
            at
            for at, (state, start, end) in enumerate(zip(status, began, ended, strict=True))
            if (state == _ENDED) is not (end != "") or (end and end < start) or not start
        }
        checked_columns: list[list[Any]] = [checked_ids, fitting, *facts]
        for column in checked_columns:
            if None in column:
                odd.update(at for at, value in enumerate(column) if value is None)
        left: list[int] = []
        if odd:
            taken = [at not in odd for at in range(len(rows))]
            left = [numbers[at] for at in sorted(odd)]
            numbers, phones = list(compress(numbers, taken)), list(compress(phones, taken))
            schemes, checked_ids = list(compress(schemes, taken)), list(compress(checked_ids, taken))
            facts = [list(compress(column, taken)) for column in facts]
        subjects = self._subjects(schemes, checked_ids)
        indexes = self._index_of_number(phones)
        row_ids = blind.registration_keys(subjects, self._carrier, indexes)
        sealed = self._seal(phones, self._contexts(row_ids))
        sizes = [self._sealed_size[len(phone)] for phone in phones]
        places = [number.to_bytes(8) for number in numbers]
        row = zip(
            repeat(ROW), places, repeat(SIXTEEN), row_ids, repeat(SIXTEEN), subjects, repeat(SIXTEEN), indexes,
            sizes, sealed, *facts, strict=False,
        )  # fmt: skip
        parts.extend(chain.from_iterable(row))
        return left

    def _checked_id(self, scheme: str, id_number: str) -> str | None:
        known = self._schemes.get(scheme)
        if known is None:
            return None
        try:
            return known[0](id_number)
        except ValidationError:
            return None

    def _subjects(self, schemes: Sequence[str], ids: list[Any]) -> list[bytes]:
        """Most feeds know one scheme: then all are indexed at once."""
        if len(set(schemes)) == 1:
            return self._schemes[schemes[0]][1](ids)
        return [self._schemes[scheme][1]([id_number])[0] for scheme, id_number in zip(schemes, ids, strict=True)]


_ENDED = Status.ENDED.value


def _with_one_quoted(line: str) -> list[str]:
    """The fields of a line in which just one is quoted, from end to end; nothing where it is not as simple as that."""
    pieces = line.split('"')
    if len(pieces) != 3:
        return []
    fields, after = pieces[0].split(","), pieces[2].split(",")
    if fields[-1] or after[0]:
        return []
    fields[-1] = pieces[1]
    fields += after[1:]
    return fields
