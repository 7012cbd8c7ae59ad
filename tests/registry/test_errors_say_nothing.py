"""What goes wrong inside an import is told by its type: PostgreSQL quotes lines, and lines hold personal data."""

import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from lookups.carriers.models import Carrier
from lookups.registry.feeds import pool
from lookups.registry.feeds.chunks import Reader
from lookups.registry.feeds.lines import Batch
from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.models import Feed, FeedState, Registration
from tests.cast import WEIS_ID, WEIS_NUMBER
from tests.registry.conftest import csv_of, row, take_in

pytestmark = pytest.mark.django_db


def told_by(problem: BaseException) -> str:
    return "".join(traceback.format_exception(problem))


def test_an_error_of_the_database(northern: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Iterator[Batch]:
        yield Batch(1, 1, f"{WEIS_ID},{WEIS_NUMBER}".encode(), [])

    monkeypatch.setattr(pool, "batches", broken)
    with pytest.raises(FeedRefused) as refused:
        take_in(northern, [row()])
    assert str(refused.value) == "The import ended with an error (BadCopyFileFormat)."
    assert WEIS_ID not in told_by(refused.value)
    assert not Registration.objects.exists()
    assert Feed.objects.get().state == FeedState.FAILED


@pytest.mark.parametrize("lines", [1, 20_000])
def test_a_mistake_of_our_own_in_a_worker(northern: Carrier, monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    def mistaken(self: Reader, number: int, line: str) -> Any:
        raise ZeroDivisionError(line)

    monkeypatch.setattr(Reader, "row", mistaken)
    with pytest.raises(FeedRefused) as refused:
        take_in(northern, csv_of(*[row()] * lines))
    assert str(refused.value) == "The import ended with an error (ZeroDivisionError)."
    assert WEIS_ID not in told_by(refused.value)


def test_a_worker_that_dies(northern: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "read", lambda self, chunk: __import__("os")._exit(9))
    with pytest.raises(FeedRefused, match=r"\(a worker ended\)"):
        take_in(northern, csv_of(*[row()] * 20_000))
    assert not Registration.objects.exists()
