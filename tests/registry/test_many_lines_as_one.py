"""Lines taken by columns become what each would have become by itself."""

import csv
import datetime
import io
import struct
import uuid

from pytest_django import Settings

from lookups.demo.generator import write_feed
from lookups.registry.feeds import header
from lookups.registry.feeds.chunks import Reader
from lookups.registry.feeds.lines import LineReader, Reject, Rejected, Terms
from lookups.registry.feeds.source import Chunk, Source
from lookups.vault import blind
from lookups.vault.fields import sealing_context
from lookups.vault.sealing import Sealer

FEED, CARRIER = uuid.uuid4(), uuid.uuid4()


def rows_of(wire: bytes) -> dict[int, tuple[bytes | None, ...]]:
    """Binary COPY, taken apart: by line number, with the phone number unsealed."""
    rows = {}
    at = 0
    while at < len(wire):
        (columns,) = struct.unpack_from(">h", wire, at)
        at += 2
        values: list[bytes | None] = []
        for _ in range(columns):
            (size,) = struct.unpack_from(">i", wire, at)
            at += 4
            values.append(None if size < 0 else wire[at : at + size])
            at += max(size, 0)
        line, row_id, sealed = int.from_bytes(values[0] or b""), uuid.UUID(bytes=values[1]), values[4]
        if sealed is not None:
            context = sealing_context("registry_registration", "number", row_id)
            values[4] = Sealer(f"number:{FEED}").unseal(sealed, context=context)
        assert line not in rows
        rows[line] = tuple(values)
    return rows


def test_the_same_rows_and_rejects(settings: Settings) -> None:
    file = io.BytesIO()
    expected = write_feed(file, lines=7000, people=500, seed=3, bad=400)
    file.seek(0)
    source = Source(file)
    terms = Terms(FEED, CARRIER, header.read(source.header), datetime.date(2026, 11, 22))
    chunks = list(source.chunks())
    assert len(chunks) > 1

    reader = Reader(terms)
    for _ in range(2):  # the second time, every good value is known
        batches = [reader.read(chunk) for chunk in chunks]
    together = {line: row for batch in batches for line, row in rows_of(batch.rows).items()}

    one_by_one: dict[int, tuple[bytes | None, ...]] = {}
    rejects: list[Reject] = []
    single = LineReader(terms)
    for chunk in chunks:
        for number, line in enumerate(chunk.content.decode().split("\n"), chunk.first_line):
            try:
                one_by_one |= rows_of(b"".join(single.row(number, line)))
            except Rejected as problem:
                rejects.append(Reject(number, problem.column, problem.reason))
                if problem.listed:
                    one_by_one |= rows_of(b"".join(problem.listed))

    assert together == one_by_one
    assert [reject for batch in batches for reject in batch.rejects] == rejects
    assert rejects == [each for each in expected if each.reason != "duplicate_of_earlier_line"]
    assert sum(batch.lines for batch in batches) == 7000
    assert sum(batch.taken for batch in batches) == 7000 - len(rejects)

    line, row = next((line, row) for line, row in together.items() if row[4] is not None)
    good = next(csv.DictReader([",".join(header.COLUMNS), file.getvalue().decode().split("\n")[line - 1]]))
    assert row[1] == blind.registration_key(row[2] or b"", CARRIER.bytes, row[3] or b"")
    assert row[4] == good["phone_number"].encode()


def test_ordinary_looking_lines_are_still_judged() -> None:
    """Values that are good by themselves and wrong together."""
    terms = Terms(FEED, CARRIER, header.read(",".join(header.COLUMNS).encode()), datetime.date(2026, 11, 22))
    file = io.BytesIO()
    write_feed(file, lines=1, people=1, seed=1)
    person = file.getvalue().decode().split("\n")[1].split(",")[:3]
    facts = [
        "mobile,prepaid,active,2026-01-02,,,,,",
        "mobile,prepaid,ended,2026-01-02,2026-01-03,,,,",
        "mobile,prepaid,ended,2026-01-03,2026-01-02,,,,",
        "mobile,prepaid,active,2026-01-02,2026-01-03,,,,",
        "mobile,prepaid,ended,2026-01-02,,,,,",
        "mobile,prepaid,active,,,,,,",
        "mobile,prepaid,ended, 2026-01-03,2026-01-02,,,,",
        "mobile,prepaid,ended,2026-01-03, 2026-01-02,,,,",
    ]
    content = "\n".join(",".join([*person, fact]) for fact in facts).encode()
    reader = Reader(terms)
    for _ in range(3):
        batch = reader.read(Chunk(2, content))
        assert [(each.line, each.column, each.reason) for each in batch.rejects] == [
            (4, "ended_on", "before_activated_on"),
            (5, "ended_on", "status_is_not_ended"),
            (6, "ended_on", "missing"),
            (7, "activated_on", "missing"),
            (8, "ended_on", "before_activated_on"),
            (9, "ended_on", "before_activated_on"),
        ]
        assert batch.taken == 2
