"""Generated feeds: repeatable, importable, and wrong exactly where they say they are."""

import csv
import io

import pytest

from lookups.carriers.models import Carrier
from lookups.demo.generator import write_feed
from lookups.registry import importing
from lookups.registry.models import FeedKind


def feed(**how: int) -> tuple[bytes, list[tuple[int, str, str]]]:
    file = io.BytesIO()
    rejects = write_feed(file, lines=600, people=100, **how)
    return file.getvalue(), [(each.line, each.column, each.reason) for each in rejects]


def test_the_same_seed_makes_the_same_file() -> None:
    assert feed(seed=1, bad=5) == feed(seed=1, bad=5)
    assert feed(seed=1) != feed(seed=2)


@pytest.mark.django_db
@pytest.mark.parametrize("bad", [0, 60])
def test_exactly_the_bad_lines_are_rejected(northern: Carrier, bad: int) -> None:
    content, expected = feed(seed=4, bad=bad)
    imported = importing.import_feed(northern, file=io.BytesIO(content), kind=FeedKind.SNAPSHOT)
    found = []
    if imported.rejects_path:
        with imported.rejects_path.open(newline="") as file:
            found = [(int(row["line"]), row["column"], row["reason"]) for row in csv.DictReader(file)]
    assert found == expected
    assert len(expected) == bad
    assert imported.feed.started == 600 - bad
    assert len({reason for _, _, reason in expected}) == (14 if bad else 0)
