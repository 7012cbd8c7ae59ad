"""Passwords: long rather than complicated, not on any list, and nothing that stands on the person's own papers.

Django's validators (settings) refuse what is too short or common; here is refused what is easy to guess for *this*
person.
"""

import unicodedata
import uuid

from django.contrib.auth import hashers
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lookups.identity import codes
from lookups.jurisdictions import schemes
from lookups.vault import blind

MAX_LENGTH = 256
# What anyone would try first here, once digits and signs at both ends are taken off.
CONTEXT_WORDS = frozenset(
    {
        "activation", "activationcode", "authenticator", "carrier", "identity", "identitycard", "idcard", "mynumber",
        "mynumbers", "numbersinmyname", "passport", "phonenumber", "portal", "realname", "recoverycode", "registration",
        "registrationportal", "regulator", "simcard",
    }
)  # fmt: skip


class EncodedPassword(str):
    """A password hashed already, as it goes into the row."""

    __slots__ = ()


def as_typed(password: str) -> str:
    """The same password from any keyboard: Unicode compatibility form (NIST SP 800-63B-4, section 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def encode(password: str) -> EncodedPassword:
    """Argon2id with Django's parameters."""
    return EncodedPassword(hashers.make_password(as_typed(password)))


def matches(password: str, encoded: str | None) -> bool:
    """Compare; costs one hash even where there is nothing to compare with."""
    if not encoded:
        hashers.make_password(as_typed(password))
        return False
    return hashers.check_password(as_typed(password), encoded)


def refuse_weak(password: str, *, scheme: str, subject: uuid.UUID, code_hash: bytes, email: str = "") -> None:
    """Raises ValidationError with sentences for people, which never repeat the password."""
    validate_password(as_typed(password))
    plain = "".join(character for character in password.casefold() if character.isalnum())
    core = plain.strip("0123456789")
    on_paper = blind.code_hash("activation", codes.normalise(password)) == code_hash or _is_document(
        password, scheme, subject
    )
    if on_paper:
        raise ValidationError(_("This stands on your papers. Choose a password that nobody can read anywhere."))
    if core in CONTEXT_WORDS or (email and plain in _words_of(email)):
        raise ValidationError(_("This is among the first that a stranger would try here. Choose another one."))


def _is_document(password: str, scheme: str, subject: uuid.UUID) -> bool:
    try:
        return schemes.subject_of(scheme, password) == subject
    except schemes.InvalidIdNumber:
        return False


def _words_of(email: str) -> set[str]:
    local = email.partition("@")[0]
    return {"".join(c for c in text.casefold() if c.isalnum()) for text in (email, local)}
