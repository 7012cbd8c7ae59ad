"""A plain snapshot that was cut in the middle of a line is refused: what it lost must not be ended."""

from collections.abc import Callable

import pytest

from lookups.carriers.models import Carrier
from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.models import Feed, FeedState, Registration
from tests.registry.conftest import csv_of, mei, row, state, take_in, zipped

pytestmark = pytest.mark.django_db
SENTENCE = "The file is cut off: its last line has no line break and cannot be taken."
WHOLE = csv_of(*(row(phone_number=f"+861381234{number:04d}") for number in range(40)), mei())


@pytest.fixture(params=[1 << 18, 1000], ids=lambda size: f"read by {size}")
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookups.registry.feeds.source.CHUNK", request.param)


@pytest.mark.parametrize(
    ("lost", "packed", "force"),
    [(2, bytes, False), (10, bytes, False), (40, bytes, False), (70, bytes, True), (40, zipped, False)],
)
@pytest.mark.usefixtures("chunk")
def test_a_cut_line_refuses_the_snapshot(
    northern: Carrier, lost: int, packed: Callable[[bytes], bytes], force: bool
) -> None:
    take_in(northern, WHOLE)
    before = state()
    cut = WHOLE.replace(b"prepaid", b"postpaid")[:-lost]
    with pytest.raises(FeedRefused) as refused:
        take_in(northern, packed(cut), force=force)
    assert str(refused.value) == SENTENCE
    assert state() == before
    failed = Feed.objects.get(state=FeedState.FAILED)
    assert (failed.problem, failed.lines, failed.rejected, failed.changed) == (SENTENCE, 41, 1, 0)
    assert failed.rejects_file


def test_a_first_snapshot_that_is_cut_leaves_no_record(northern: Carrier) -> None:
    with pytest.raises(FeedRefused, match="cut off"):
        take_in(northern, WHOLE[:-5])
    assert not Registration.objects.exists()


@pytest.mark.usefixtures("chunk")
def test_a_good_last_line_needs_no_line_break(northern: Carrier) -> None:
    imported = take_in(northern, WHOLE.removesuffix(b"\n"))
    assert (imported.feed.started, imported.feed.rejected) == (41, 0)


@pytest.mark.usefixtures("chunk")
def test_a_bad_line_before_a_good_last_one_is_no_cut(northern: Carrier) -> None:
    imported = take_in(northern, csv_of(row(), row(service="fax"), mei()).removesuffix(b"\n"))
    assert (imported.feed.started, imported.feed.rejected) == (2, 1)


@pytest.mark.usefixtures("chunk")
def test_a_bad_last_line_with_its_line_break_is_no_cut(northern: Carrier) -> None:
    imported = take_in(northern, csv_of(row(), mei(service="fax")))
    assert (imported.feed.started, imported.feed.rejected) == (1, 1)
