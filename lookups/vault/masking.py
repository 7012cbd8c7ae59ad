"""Masking: how a number is shown before the reader has proved anew who they are.

A mask keeps the country code, up to three digits of the prefix and the last four, and never fewer than four dots:
enough for its owner to recognise it, too little to call it.
"""

from typing import NamedTuple

import phonenumbers

DOTS = "••••"


class Masked(NamedTuple):
    """The two visible ends of a number: ``start`` ("+86 138") and ``end`` ("1234")."""

    start: str
    end: str

    def __str__(self) -> str:
        return f"{self.start} {DOTS} {self.end}"


def mask(e164: str) -> Masked:
    """The visible ends of a number in E.164. At least four digits stay hidden, whatever the number's length."""
    country, national = split(e164)
    prefix = national[: max(0, min(3, len(national) - 8))]
    return Masked(f"+{country} {prefix}".strip(), national[-4:] if len(national) >= 8 else national[-2:])


def mask_number(e164: str) -> str:
    """``+8613812341234`` as ``+86 138 •••• 1234``."""
    return str(mask(e164))


def spaced(e164: str) -> str:
    """A number in full, in groups that people can read out: ``+86 138 1234 1234``."""
    country, national = split(e164)
    groups = [national[:3], *(national[at : at + 4] for at in range(3, len(national), 4))]
    return f"+{country} {' '.join(group for group in groups if group)}"


def split(e164: str) -> tuple[str, str]:
    """Country calling code and national number of a number in E.164."""
    digits = e164.removeprefix("+")
    for length in (1, 2, 3):
        if int(digits[:length] or 0) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return digits[:length], digits[length:]
    return digits[:2], digits[2:]
