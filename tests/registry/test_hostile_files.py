"""Files that are broken, or made to break something: each is answered with a sentence, and nothing changes."""

import errno
import gzip
import os

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from pytest_django import Settings

from lookups.carriers.models import Carrier
from lookups.registry.feeds import unpacking
from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.models import Feed, FeedState, Registration
from lookups.vault import streams
from tests.registry.conftest import COLUMNS, csv_of, mei, packed, row, state, take_in, zipped
from tests.registry.delivering import System, read, spooled

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = ",".join(COLUMNS).encode() + b"\n"
FILE = csv_of(row(), mei())
CUT = "The compressed file is cut off: its end is missing."
DAMAGED = "The compressed file is damaged and cannot be unpacked."
TOO_MUCH = "The compressed file unpacks to more than this portal takes. Deliver it in parts."
BOMB = "The compressed file unpacks to far more than lines of a feed ever would."


def many(lines: int = 3000) -> bytes:
    return csv_of(*(row(phone_number=f"+86138123{number:05d}", outlet_district=os.urandom(20).hex())
                    for number in range(lines)))  # fmt: skip


@pytest.fixture
def system(northern: Carrier) -> System:
    return System(northern)


REFUSED = {
    "another header": (b"name,value\n1,2\n", "names none of the columns"),
    "a column of names": (b"id_scheme,id_number,full_name\n", "holds no names"),
    "UTF-16": (FILE.decode().encode("utf-16"), "The file is UTF-16."),
    "UTF-16 without a mark": (FILE.decode().encode("utf-16-le"), "NUL bytes"),
    "NUL bytes": (FILE + b"\0" * 100, "NUL bytes"),
    "NUL bytes alone": (b"\0" * 100_000, "NUL bytes"),
    "Latin-1": (csv_of(row(outlet_district="x")).replace(b",x,", b",\xe9,"), "not UTF-8"),
    "half a gzip file": (zipped(many())[:-20_000], CUT),
    "a gzip file without its last byte": (zipped(FILE)[:-1], CUT),
    "the first bytes of gzip": (b"\x1f\x8b", CUT),
    "a gzip file with a changed byte": (zipped(FILE)[:-8] + b"\0\0\0\0" + zipped(FILE)[-4:], DAMAGED),
    "half a zstd file": (packed(many())[:-20_000], CUT),
    "a zstd file without its last byte": (packed(FILE)[:-1], CUT),
    "the first bytes of zstd": (b"\x28\xb5\x2f\xfd", CUT),
    "rubbish behind the mark of zstd": (b"\x28\xb5\x2f\xfd" + b"\xff" * 500, DAMAGED),
    "one endless line": (b"a" * 3_000_000, "far too long to be the header"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_fails_with_a_sentence(system: System, what: str) -> None:
    content, sentence = REFUSED[what]
    take_in(system.carrier, [row()])
    before = state()
    feed = read(system.delivered(content, as_of=str(Feed.objects.get().as_of.isoformat())))
    assert feed.state == FeedState.FAILED
    assert sentence in feed.problem
    assert state() == before
    assert spooled() == []


TAKEN = {
    "a BOM": (b"\xef\xbb\xbf" + FILE, 2, 0),
    "CRLF": (FILE.replace(b"\n", b"\r\n"), 2, 0),
    "a million characters in one field": (FILE + csv_of(row(outlet_district="x" * 1_000_000))[len(HEADER) :], 2, 1),
    "formulas": (csv_of(row(outlet_district="=cmd|' /C calc'!A0"), mei(plan="=1+1"), mei()), 1, 2),
    "two gzip members": (zipped(csv_of(row())) + zipped(csv_of(mei())[len(HEADER) :]), 2, 0),
    "two zstd frames": (packed(csv_of(row())) + packed(csv_of(mei())[len(HEADER) :]), 2, 0),
}


@pytest.mark.parametrize("what", TAKEN)
def test_it_is_taken_as_far_as_it_can_be(system: System, what: str) -> None:
    content, started, rejected = TAKEN[what]
    feed = read(system.delivered(content))
    assert (feed.state, feed.started, feed.rejected) == (FeedState.APPLIED, started, rejected)


def test_no_cell_of_the_list_of_rejects_is_a_formula(system: System) -> None:
    feed = read(system.delivered(csv_of(row(), *(mei(**{column: "=1+1"}) for column in COLUMNS))))
    told = b"".join(system.get(f"/api/v1/feeds/{feed.pk}/rejects")).decode()
    assert feed.rejected == told.count("\n") - 1 > 8
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in told.splitlines() for cell in line.split(","))


# Bombs ----------------------------------------------------------------------------------------------------------------


def bomb(pack: str, size: int) -> bytes:
    """``size`` bytes of one good line, repeated."""
    line = csv_of(row())[len(HEADER) :]
    content = HEADER + line * (size // len(line))
    return gzip.compress(content, 9) if pack == "gzip" else packed(content)


@pytest.mark.parametrize("pack", ["gzip", "zstd"])
def test_a_bomb_is_refused_by_its_ratio(northern: Carrier, monkeypatch: pytest.MonkeyPatch, pack: str) -> None:
    monkeypatch.setattr(unpacking, "SMALL_BYTES", 1 << 20)
    content = bomb(pack, 8 << 20)
    assert len(content) < 80_000
    with pytest.raises(FeedRefused) as refused:
        take_in(northern, content)
    assert str(refused.value) == BOMB
    assert not Registration.objects.exists()


@pytest.mark.parametrize("pack", ["gzip", "zstd"])
def test_a_bomb_is_refused_by_its_size(northern: Carrier, settings: Settings, pack: str) -> None:
    settings.FEED_MAX_UNPACKED_BYTES = 1 << 20
    with pytest.raises(FeedRefused) as refused:
        take_in(northern, bomb(pack, 2 << 20))
    assert str(refused.value) == TOO_MUCH
    assert not Registration.objects.exists()


def test_an_ordinary_archive_of_one_repeated_line_is_no_bomb(northern: Carrier) -> None:
    assert take_in(northern, bomb("gzip", 1 << 20), "delta").feed.started == 1


# The disk -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["open", "fsync", "write"])
def test_a_full_disk_leaves_nothing_but_a_sentence(system: System, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def full(*_args: object, **_how: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    if call == "write":
        monkeypatch.setattr(streams.SealedWriter, "_seal", full)
    else:
        real = getattr(os, call)
        monkeypatch.setattr(
            f"lookups.registry.spool.os.{call}",
            lambda *args, **how: full() if call == "fsync" or str(args[0]).endswith(".part") else real(*args, **how),
        )
    answer = system.put(many())
    monkeypatch.undo()
    assert (answer.status_code, answer.json()["code"]) == (507, "no_room")
    feed = Feed.objects.get()
    assert (feed.state, feed.problem) == (
        FeedState.FAILED,
        "The portal could not keep the file (No space left on device).",
    )
    assert spooled() == []


def test_django_itself_makes_no_temporary_file(settings: Settings) -> None:
    assert not any(name.endswith(TemporaryFileUploadHandler.__name__) for name in settings.FILE_UPLOAD_HANDLERS)
