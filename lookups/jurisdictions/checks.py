"""Checks of identity numbers that country files choose from. Each returns the normalised number.

Numbers come from python-stdnum; what it computes per call and could keep (China's places by year) is kept here, since a
national feed brings millions of lines. All raise ``stdnum.exceptions.ValidationError``, which never carries the number.
"""

import functools
import re

import stdnum.cn.ric
import stdnum.in_.aadhaar
import stdnum.pe.cui
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength

_RIC = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_RIC_CHECK = "0123456789X"
_PASSPORT = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,12}", re.ASCII)


def chinese_resident_card(number: str) -> str:
    """GB 11643 resident identity number, with a real day of birth and a place that existed then."""
    if not _RIC.fullmatch(number):
        number = _compact(number)
        if len(number) != 18:
            raise InvalidLength
        if not _RIC.fullmatch(number):
            raise InvalidFormat
    if number[-1] != _RIC_CHECK[(1 - 2 * int(number[:17], 13)) % 11]:
        raise InvalidChecksum
    _chinese_day(number[6:14])
    _chinese_place(number[:10])
    return number


@functools.lru_cache(maxsize=2**16)
def _chinese_day(day: str) -> None:
    stdnum.cn.ric.get_birth_date(f"000000{day}0000")


@functools.lru_cache(maxsize=2**19)
def _chinese_place(place_and_year: str) -> None:
    stdnum.cn.ric.get_birth_place(f"{place_and_year}0101")


def aadhaar(number: str) -> str:
    """Aadhaar: 12 digits with a Verhoeff check digit."""
    return str(stdnum.in_.aadhaar.validate(number))


def peruvian_dni(number: str) -> str:
    """DNI: 8 digits; the check character printed beside it may follow and is dropped after it was checked."""
    return str(stdnum.pe.cui.validate(number))[:8]


def passport(number: str) -> str:
    """A passport number.

    5 to 12 letters and digits, at least one of them a digit (ICAO Doc 9303 sets no checksum here).
    """
    number = _compact(number)
    if not _PASSPORT.fullmatch(number):
        raise InvalidFormat
    return number


def _compact(number: str) -> str:
    return number.replace(" ", "").replace("-", "").upper()
