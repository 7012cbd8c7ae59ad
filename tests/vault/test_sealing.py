"""Sealing: opens where it was sealed, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookups.vault import sealing


@given(st.binary(max_size=300))
def test_what_was_sealed_opens_again(plain: bytes) -> None:
    assert sealing.unseal(sealing.seal(plain, context="t.c:1"), context="t.c:1") == plain


def test_the_same_text_never_looks_the_same_twice() -> None:
    assert sealing.seal(b"+8613812344471", context="t.c:1") != sealing.seal(b"+8613812344471", context="t.c:1")


@pytest.mark.parametrize("context", ["t.c:2", "t.d:1", "u.c:1", ""])
def test_a_value_moved_to_another_place_does_not_open(context: str) -> None:
    blob = sealing.seal(b"secret", context="t.c:1")
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(blob, context=context)


@given(st.integers(min_value=0, max_value=34), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_does_not_open(at: int, change: int) -> None:
    blob = bytearray(sealing.seal(b"secret", context="t.c:1"))
    blob[at % len(blob)] ^= change
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(bytes(blob), context="t.c:1")


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01" * 28])
def test_what_is_too_short_is_refused(blob: bytes) -> None:
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(blob, context="t.c:1")


def test_a_feeds_key_opens_only_its_own() -> None:
    blob = sealing.derived("feed:1").seal(b"secret", context="t.c:1")
    assert sealing.derived("feed:1").unseal(blob, context="t.c:1") == b"secret"
    for other in (sealing.derived("feed:2"), sealing.Sealer()):
        with pytest.raises(sealing.Unreadable):
            other.unseal(blob, context="t.c:1")


def test_the_error_says_nothing_of_the_content() -> None:
    blob = sealing.seal(b"+8613812344471", context="t.c:1")
    with pytest.raises(sealing.Unreadable) as error:
        sealing.unseal(blob, context="t.c:2")
    assert "138" not in str(error.value)
