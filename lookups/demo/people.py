"""Invented people: identity numbers and phone numbers that pass every check and belong, as far as can be, to nobody.

Chinese numbers carry birth years 1890-1899: nobody alive has them. Aadhaar numbers begin with 9999, as those published
for testing do. Peru publishes no test range, so its numbers **may coincide** with somebody's; so may all phone numbers.
Everything follows from a position alone, so nothing has to be kept to be shown again.
"""

import dataclasses
import datetime
from collections.abc import Callable

import stdnum.cn.ric
import stdnum.verhoeff

from lookups.jurisdictions import rules

# Places that existed in the table of places before it had dates, hence valid with any year of birth.
_PLACES = (
    "110101", "110102", "110105", "110108", "120101", "120104", "310101", "310104", "310106", "310109",
    "320100", "330100", "350100", "370200", "410100", "420100", "430100", "440100", "440300", "450200",
)  # fmt: skip
_FIRST_BIRTHDAY = datetime.date(1890, 1, 1)
_BIRTHDAYS = (datetime.date(1900, 1, 1) - _FIRST_BIRTHDAY).days
_SERIALS = 999
# Multiplying by a prime that does not divide the number of possibilities visits each of them once, in no visible order.
_SCATTER = 2_654_435_761


def _chinese_resident_card(position: int) -> str:
    place, rest = position % len(_PLACES), position // len(_PLACES)
    day, serial = rest % _BIRTHDAYS, rest // _BIRTHDAYS % _SERIALS
    born = _FIRST_BIRTHDAY + datetime.timedelta(days=day)
    number = f"{_PLACES[place]}{born:%Y%m%d}{serial + 1:03d}"
    return number + stdnum.cn.ric.calc_check_digit(f"{number}0")


def _aadhaar(position: int) -> str:
    number = f"9999{position:07d}"
    return number + str(stdnum.verhoeff.calc_check_digit(number))


def _dni(position: int) -> str:
    return f"{position:08d}"


def passport(letter: str, position: int) -> str:
    """A passport number: a letter and eight digits."""
    return f"{letter}{position % 10**8:08d}"


@dataclasses.dataclass(frozen=True)
class Country:
    """How numbers are made for one jurisdiction. ``places`` are where outlets are, ``mobile`` the beginnings of mobile
    numbers by carrier (the rest is ``mobile_digits`` digits)."""

    scheme: str
    id_number: Callable[[int], str]
    possible: int
    has_check_digit: bool
    old_passport: str
    calling_code: str
    mobile: dict[str, tuple[str, ...]]
    mobile_digits: int
    machine: str
    places: tuple[str, ...]


COUNTRIES = {
    "CN": Country(
        "CN-RIC",
        _chinese_resident_card,
        len(_PLACES) * _BIRTHDAYS * _SERIALS,
        True,
        "PASSPORT-CN",
        "86",
        {"northern": ("138", "139"), "western": ("156", "186"), "eastern": ("133", "189"), "lotus": ("170", "171")},
        8,
        "1064",
        (
            "Haidian, Beijing",
            "Chaoyang, Beijing",
            "Xuhui, Shanghai",
            "Heping, Tianjin",
            "Liuzhou, Guangxi",
            "Nanshan, Shenzhen",
            "Yuexiu, Guangzhou",
            "Wuchang, Wuhan",
            "Jinniu, Chengdu",
            "Gulou, Nanjing",
        ),
    ),
    "IN": Country(
        "IN-AADHAAR",
        _aadhaar,
        10**7,
        True,
        "PASSPORT-IN",
        "91",
        {"northern": ("98", "99"), "western": ("96", "97"), "eastern": ("94", "95"), "lotus": ("91", "93")},
        8,
        "5",
        ("Rohini, Delhi", "Andheri, Mumbai", "Indiranagar, Bengaluru", "Adyar, Chennai", "Salt Lake, Kolkata"),
    ),
    "PE": Country(
        "PE-DNI",
        _dni,
        10**8,
        False,
        "PASSPORT-PE",
        "51",
        {"northern": ("98", "99"), "western": ("96", "97"), "eastern": ("94", "95"), "lotus": ("91", "93")},
        7,
        "",
        ("Miraflores, Lima", "Surco, Lima", "Yanahuara, Arequipa", "Wanchaq, Cusco", "Piura, Piura"),
    ),
}


def country() -> Country:
    """The numbers of this deployment's jurisdiction."""
    return COUNTRIES[rules.current().code]


def id_number(seed: int, index: int) -> str:
    """The identity number of person ``index`` of the world that ``seed`` makes."""
    here = country()
    return here.id_number((index + seed * 1_000_003) * _SCATTER % here.possible)


def phone_number(carrier: str, seed: int, index: int) -> str:
    """The mobile number ``index`` of a carrier, in E.164; no two indexes below 100 million share one."""
    here = country()
    prefixes = here.mobile[carrier]
    prefix = prefixes[index % len(prefixes)]
    scattered = (index // len(prefixes) + seed + int(prefix) * 7919) * 48_271 % 10**here.mobile_digits
    return f"+{here.calling_code}{prefix}{scattered:0{here.mobile_digits}d}"


def machine_number(index: int) -> str:
    """A machine's number, in E.164: 13 digits where the country has such, else an ordinary mobile number."""
    here = country()
    if not here.machine:
        return phone_number("northern", 0, 10**6 + index)
    return f"+{here.calling_code}{here.machine}{index:0{13 - len(here.machine)}d}"
