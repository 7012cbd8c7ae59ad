"""Masked numbers: recognised by their owner, useless to anybody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookups.vault import masking


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+8613812341234", "+86 138 •••• 1234"),
        ("+919876543210", "+91 98 •••• 3210"),
        ("+51987654321", "+51 9 •••• 4321"),
        ("+861064912345678", "+86 106 •••• 5678"),
        ("+12025550123", "+1 20 •••• 0123"),
    ],
)
def test_the_ends_show_and_the_middle_does_not(number: str, masked: str) -> None:
    assert masking.mask_number(number) == masked


@given(st.from_regex(r"\+86[1-9][0-9]{4,12}", fullmatch=True))
def test_at_least_four_digits_stay_hidden_or_half_of_a_short_number(number: str) -> None:
    national = number[3:]
    shown = sum(character.isdigit() for character in masking.mask_number(number)) - 2
    assert len(national) - shown >= min(4, len(national) // 2)


def test_a_number_in_full_is_in_groups() -> None:
    assert masking.spaced("+8613812341234") == "+86 138 1234 1234"
