"""Identity documents of the jurisdiction: normalising a number, and its subject."""

import functools
import uuid

from django.utils.translation import gettext as _
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from lookups.jurisdictions import rules
from lookups.jurisdictions.model import IdScheme
from lookups.vault import blind

MAX_LENGTH = 40


class InvalidIdNumber(ValueError):
    """An identity number that cannot be one.

    ``code`` is machine-readable; neither it nor the text carries the number.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@functools.lru_cache(maxsize=8)
def _by_code(jurisdiction: str) -> dict[str, IdScheme]:
    return {scheme.code: scheme for scheme in rules.get(jurisdiction).id_schemes}


def get(code: str) -> IdScheme:
    """The scheme with this code. Raises InvalidIdNumber (``unknown_scheme``)."""
    try:
        return _by_code(rules.current().code)[code]
    except KeyError:
        raise InvalidIdNumber("unknown_scheme", _("This kind of identity document is not known here.")) from None


def normalise(scheme: str, number: str) -> str:
    """The number as it is hashed.

    Raises InvalidIdNumber: ``unknown_scheme``, ``length``, ``checksum`` or ``format``.
    """
    check = get(scheme).check
    if len(number) > MAX_LENGTH:
        raise InvalidIdNumber("length", _("This number does not have the right length for this document."))
    try:
        return check(number)
    except InvalidLength:
        raise InvalidIdNumber("length", _("This number does not have the right length for this document.")) from None
    except InvalidChecksum:
        raise InvalidIdNumber("checksum", _("One of the characters is wrong: the number does not add up.")) from None
    except ValidationError:
        raise InvalidIdNumber("format", _("This cannot be a number of this document.")) from None


def subject_of(scheme: str, number: str) -> uuid.UUID:
    """The subject of a document as someone typed it. Raises InvalidIdNumber."""
    return blind.subject_of(scheme, normalise(scheme, number))
