"""Codes that people copy from paper: Crockford's base32, in groups, drawn from the system's random source.

Each character carries 5 bits; letters that look like digits (I, L, O) are read as those digits, and U is not used.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ACTIVATION_CHARACTERS = 12  # 60 bits
RECOVERY_CHARACTERS = 16  # 80 bits
GROUP = 4
MAX_LENGTH = 40

_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def new(characters: int) -> str:
    """A new code in its normal spelling: without groups."""
    return "".join(secrets.choice(ALPHABET) for _ in range(characters))


def grouped(code: str, *, separator: str = "-") -> str:
    """The code as people read it: ``7K3M-X09A-…``."""
    return separator.join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def normalise(text: str) -> str:
    """The code somebody meant, whatever its case, groups and look-alikes; nonsense stays nonsense."""
    return text[:MAX_LENGTH].strip().upper().translate(_READ_AS)
