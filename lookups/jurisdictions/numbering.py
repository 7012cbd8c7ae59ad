"""Phone numbers of the jurisdiction, in E.164.

The rules are phonenumbers' metadata, compiled once into one expression per country: parsing each line of a feed with
the library itself costs 37 µs, matching 1 µs.
"""

import functools
import re

import phonenumbers
from django.utils.translation import gettext as _

from lookups.jurisdictions import rules

_KINDS = ("mobile", "fixed_line", "personal_number", "voip")
_PUNCTUATION = str.maketrans("", "", " -.()\u00a0")
MAX_LENGTH = 32


class InvalidPhoneNumber(ValueError):
    """Not a phone number of this country. The text does not carry it."""


@functools.lru_cache(maxsize=8)
def pattern(jurisdiction: str) -> re.Pattern[str]:
    """What a number in E.164 must match to belong to this country."""
    numbering = rules.get(jurisdiction).numbering
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(numbering.region)
    if metadata is None:
        raise LookupError(f"phonenumbers knows no region {numbering.region}")
    patterns = [getattr(metadata, kind).national_number_pattern for kind in _KINDS if getattr(metadata, kind, None)]
    national = "|".join([*(one for one in patterns if one), *numbering.extra_ranges])
    return re.compile(rf"\+{metadata.country_code}(?:{national})", re.ASCII)


def check(e164: str) -> str:
    """``e164`` itself, where it belongs to this jurisdiction. Raises InvalidPhoneNumber."""
    if not pattern(rules.current().code).fullmatch(e164):
        raise InvalidPhoneNumber(_("This is not a phone number of this country."))
    return e164


def normalise(text: str) -> str:
    """A number as a person types it (with or without country code, spaces, dashes), in E.164.

    Raises InvalidPhoneNumber.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidPhoneNumber(_("This is too long for a phone number."))
    compact = text.strip().translate(_PUNCTUATION)
    region = rules.current().numbering.region
    code = str(phonenumbers.country_code_for_region(region))
    for candidate in (compact, f"+{compact.removeprefix('00')}", f"+{code}{compact.lstrip('0')}"):
        if pattern(rules.current().code).fullmatch(candidate):
            return candidate
    raise InvalidPhoneNumber(_("This is not a phone number of this country."))
