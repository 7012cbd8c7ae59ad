"""A file sealed in chunks opens as it was written, or not at all."""

import io

import pytest

from lookups.vault.sealing import Unreadable, derived
from lookups.vault.streams import CHUNK_BYTES, SealedReader, SealedWriter

SEALED = CHUNK_BYTES + 29
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 5]


def sealed(plain: bytes, *, by: int = 100_000, info: str = "one", context: str = "table:1") -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, sealer=derived(info), context=context)
    for at in range(0, len(plain), by):
        writer.write(plain[at : at + by])
    writer.finish()
    return file.getvalue()


def opened(blob: bytes, *, by: int = 65_536, info: str = "one", context: str = "table:1") -> bytes:
    reader = SealedReader(io.BytesIO(blob), sealer=derived(info), context=context)
    return b"".join(iter(lambda: reader.read(by), b""))


def content(size: int) -> bytes:
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


@pytest.mark.parametrize("size", SIZES)
def test_what_was_written_is_read(size: int) -> None:
    plain = content(size)
    assert opened(sealed(plain)) == plain
    assert opened(sealed(plain, by=CHUNK_BYTES), by=7_777_777) == plain


def test_nothing_of_it_is_in_clear() -> None:
    assert b"0123456789abcdef" not in sealed(content(2 * CHUNK_BYTES))


@pytest.mark.parametrize("left", [0, 1, 28, 29, SEALED - 1, SEALED, SEALED + 1, 2 * SEALED, 3 * SEALED - 1])
def test_a_cut_is_noticed_wherever_it_is(left: int) -> None:
    whole = sealed(content(3 * CHUNK_BYTES + 5))
    with pytest.raises(Unreadable):
        opened(whole[:left])


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 0, 2), (0, 2, 1), (1, 2), (0, 2), (2,), (0, 1, 2, 2)])
def test_chunks_in_another_order_are_noticed(order: tuple[int, ...]) -> None:
    whole = sealed(content(3 * CHUNK_BYTES))
    chunks = [whole[at : at + SEALED] for at in range(0, len(whole), SEALED)]
    with pytest.raises(Unreadable):
        opened(b"".join(chunks[number] for number in order))


@pytest.mark.parametrize("at", [0, 1, 12, 13, 5000, SEALED - 1, SEALED, SEALED + 40])
def test_a_changed_bit_is_noticed(at: int) -> None:
    blob = bytearray(sealed(content(CHUNK_BYTES + 100)))
    blob[at] ^= 1
    with pytest.raises(Unreadable):
        opened(bytes(blob))


@pytest.mark.parametrize("other", [{"info": "two"}, {"context": "table:2"}])
def test_a_chunk_of_another_file_is_noticed(other: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        opened(sealed(b"one"), **other)
    ours, theirs = sealed(content(2 * CHUNK_BYTES)), sealed(content(2 * CHUNK_BYTES), **other)
    with pytest.raises(Unreadable):
        opened(ours[:SEALED] + theirs[SEALED:])


def test_memory_is_that_of_a_chunk() -> None:
    class Counting(io.RawIOBase):
        largest = 0

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.largest = max(self.largest, len(data))
            return len(data)

    file = Counting()
    writer = SealedWriter(file, sealer=derived("one"), context="table:1")
    for _ in range(50):
        writer.write(bytes(100_000))
        assert len(writer._waiting) <= CHUNK_BYTES
    assert file.largest == SEALED
