"""References that people can read out on the phone: ``K7M-3QX9-A``.

Seven random characters of Crockford's alphabet (no I, L, O, U) and a check character by ISO/IEC 7064 MOD 37,36, which
finds every single wrong character and every swap of neighbours.
"""

import re
import secrets

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110")


def new() -> str:
    """A fresh reference; the database keeps them apart."""
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(7))
        check = mod_37_36.calc_check_digit(body)
        if check in ALPHABET:
            return f"{body[:3]}-{body[3:]}-{check}"


def normalise(text: str) -> str | None:
    """A reference as someone typed or heard it, in its usual form; None where the check character says it is wrong."""
    compact = re.sub(r"[\s\-]", "", text.upper()).translate(_MISREAD)
    if len(compact) != 8:
        return None
    try:
        mod_37_36.validate(compact)
    except ValidationError:
        return None
    return f"{compact[:3]}-{compact[3:7]}-{compact[7]}"
