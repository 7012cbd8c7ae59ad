"""References: read out on the phone, and a slip of the tongue is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookups.disputes import references


def test_a_reference_survives_being_read_out() -> None:
    for reference in (references.new() for _ in range(50)):
        for spoken in (reference.lower(), reference.replace("-", " "), reference.replace("-", ""), f" {reference} "):
            assert references.normalise(spoken) == reference


@given(st.integers(min_value=0, max_value=7), st.sampled_from(references.ALPHABET))
def test_one_wrong_character_is_noticed(at: int, wrong: str) -> None:
    characters = list(references.new().replace("-", ""))
    if characters[at] != wrong:
        characters[at] = wrong
        assert references.normalise("".join(characters)) is None


@given(st.integers(min_value=0, max_value=6))
def test_two_swapped_neighbours_are_noticed(at: int) -> None:
    characters = list(references.new().replace("-", ""))
    if characters[at] != characters[at + 1]:
        characters[at], characters[at + 1] = characters[at + 1], characters[at]
        assert references.normalise("".join(characters)) is None


@pytest.mark.parametrize("text", ["", "K7M", "K7M-3QX9-A-B", "你好你好你好你好", "K7M-3QX9-*", "0" * 100_000])
def test_what_cannot_be_a_reference_is_none(text: str) -> None:
    assert references.normalise(text) is None
