"""Files and commands that are refused as a whole: one clear sentence, and nothing is changed."""

import datetime
import gzip
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.registry import services
from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.models import Feed, FeedState
from tests.cast import MEIS_ID
from tests.registry.conftest import csv_of, mei, row, state, take_in, zipped

pytestmark = pytest.mark.django_db
GOOD = csv_of(row(), mei())
HEADER, LINES = GOOD.split(b"\n", 1)
LONG = csv_of(*(row(phone_number=f"+8613812{number:06d}") for number in range(20_000)))

UNNAMED = "The header has columns that a feed does not have, or that have no name."
NO_PEOPLE = "The column “%s” is refused: the portal holds no names, no addresses and no images of people."
LACKS = "The header lacks columns: phone_number, service, status, activated_on."
DAMAGED = "The compressed file is damaged and cannot be unpacked."


@pytest.fixture
def before(northern: Carrier) -> list[tuple[Any, ...]]:
    """Northern has delivered; whatever comes next is refused and leaves this as it is."""
    take_in(northern, [row(), mei()], as_of=timezone.now() - datetime.timedelta(days=1))
    return state()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (HEADER, "The file has no line: as a full snapshot it would end every record of the carrier."),
        (HEADER + b"\n\n", "The file has no line: as a full snapshot it would end every record of the carrier."),
        (LINES, "The first line is not the header of a feed: it names none of the columns."),
        (GOOD.replace(b",", b";"), "The columns of the file have to be separated by commas."),
        (GOOD.replace(b"plan", b"tariff"), "The header has columns that a feed does not have: tariff."),
        (GOOD.replace(b"plan", b"4711"), UNNAMED),
        (GOOD.replace(b"plan", b"status"), "The header names columns twice: status."),
        (GOOD.replace(b"phone_number", b"channel2"), UNNAMED),
        (csv_of(row(), columns=("id_scheme", "id_number")), LACKS),
        (GOOD.replace(b"plan", b"holder_name"), NO_PEOPLE % "holder_name"),
        (GOOD.replace(b"plan", b"photo"), NO_PEOPLE % "photo"),
        (GOOD.decode().encode("utf-16"), "The file is UTF-16. Save it as UTF-8."),
        (GOOD.decode().encode("utf-16-le"), "The file has NUL bytes: it is damaged, or not UTF-8 text."),
        (GOOD + b"\x00\n", "The file has NUL bytes: it is damaged, or not UTF-8 text."),
        (GOOD.replace(b"Liuzhou", "柳州".encode("gbk")), "The file is not UTF-8 text."),
        (LONG.replace(b"Liuzhou", "柳州".encode("gbk")), "The file is not UTF-8 text."),
        (b"x" * 100_000, "The first line is far too long to be the header of a feed."),
        (zipped(LONG)[:-20], "The compressed file is cut off: its end is missing."),
        (zipped(GOOD)[:12], "The compressed file is cut off: its end is missing."),
        (zipped(LONG)[:1000] + b"\xff" * 40 + zipped(LONG)[1040:], DAMAGED),
        (zipped(GOOD)[:-8] + bytes(8), DAMAGED),
        (gzip.compress(b""), "The file is empty."),
        (csv_of(row(service="fax"), mei(status="?")), "Not one line of the file could be taken."),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else f"{len(value)} bytes",
)  # fmt: skip
def test_a_file_that_is_no_feed(northern: Carrier, before: list[Any], content: bytes, sentence: str) -> None:
    with pytest.raises(FeedRefused) as refused:
        take_in(northern, content)
    assert str(refused.value) == sentence
    assert state() == before
    failed = Feed.objects.get(state=FeedState.FAILED)
    assert failed.problem == sentence
    assert (failed.started, failed.changed, failed.ended, failed.applied_at) == (0, 0, 0, None)
    assert services.latest_feeds()[northern.pk].state == FeedState.APPLIED


def test_an_older_feed_never_overwrites_a_newer_one(northern: Carrier, before: list[Any]) -> None:
    with pytest.raises(
        FeedRefused, match=r"older than what is there: its “as of” is 20.. UTC|older than what is there"
    ):
        take_in(northern, [row(plan="postpaid")], as_of=timezone.now() - datetime.timedelta(days=2))
    assert state() == before


def test_a_feed_from_the_future_is_refused(northern: Carrier, before: list[Any]) -> None:
    with pytest.raises(FeedRefused, match="in the future"):
        take_in(northern, [row()], as_of=timezone.now() + datetime.timedelta(hours=1))
    assert state() == before
    assert Feed.objects.count() == 1


def test_a_delta_without_a_line_says_that_nothing_changed(northern: Carrier, before: list[Any]) -> None:
    imported = take_in(northern, HEADER + b"\n", "delta")
    assert (imported.feed.state, imported.feed.lines) == (FeedState.APPLIED, 0)
    assert state() == before


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feed.csv"
    path.write_bytes(GOOD)
    return path


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["northern", "FILE"], "Say what the file is"),
        (["northern", "FILE", "--snapshot", "--delta"], "Say what the file is"),
        (["nowhere", "FILE", "--delta"], r"There is no carrier “nowhere”\. There are: northern\."),
        (["northern", "/no/such/file", "--delta"], "cannot be read: No such file or directory"),
        (["northern", "FILE", "--delta", "--as-of", "yesterday"], "--as-of is a date or a moment"),
        (["northern", "FILE", "--delta", "--as-of", "2026-02-30"], "--as-of is a date or a moment"),
        (["northern", "FILE", "--delta", "--as-of", "2999-01-01"], "in the future. Nothing was changed."),
        (["northern", "FILE", "--delta", "--rejects", "/proc/no/such"], "cannot be written"),
    ],
)
def test_the_command_refuses(northern: Carrier, file: Path, words: list[str], sentence: str) -> None:
    file.write_bytes(csv_of(row(), row(service="fax")))
    with pytest.raises(CommandError, match=sentence):
        call_command("import_registrations", *(str(file) if word == "FILE" else word for word in words))
    assert state() == []


def test_no_sentence_repeats_a_value(northern: Carrier, file: Path) -> None:
    file.write_bytes(csv_of(mei()).split(b"\n", 1)[1] + GOOD)
    with pytest.raises(CommandError) as refused:
        call_command("import_registrations", "northern", str(file), "--snapshot")
    assert MEIS_ID not in str(refused.value)
