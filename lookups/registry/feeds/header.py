"""The columns of a feed, and which of them a file's header names."""

import dataclasses
import re

from django.utils.translation import gettext as _

from lookups.registry.feeds.problems import FeedRefused

REQUIRED = ("id_scheme", "id_number", "phone_number", "service", "status", "activated_on")
OPTIONAL = ("plan", "ended_on", "channel", "outlet_district", "identity_check", "identity_checked_on")
# The order in which lines are taken apart; files may have any other.
COLUMNS = (
    "id_scheme",
    "id_number",
    "phone_number",
    "service",
    "plan",
    "status",
    "activated_on",
    "ended_on",
    "channel",
    "outlet_district",
    "identity_check",
    "identity_checked_on",
)
_COLUMN_NAME = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)
_PERSON_OR_IMAGE = frozenset({
    "name", "surname", "fullname", "firstname", "lastname", "birthday", "birthdate", "address", "photo", "image",
    "picture", "portrait", "face", "selfie", "scan", "biometric", "fingerprint", "signature",
})  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Header:
    """``order`` holds, for each of ``COLUMNS``, its position in the file, or ``width`` where the file has no such
    column (one empty field is put behind every line)."""

    width: int
    order: tuple[int, ...]

    @property
    def is_plain(self) -> bool:
        """All columns, in our own order."""
        return self.order == tuple(range(self.width))


def read(line: bytes) -> Header:
    """The header's columns. Raises FeedRefused, which repeats only names that look like a column's."""
    try:
        names = [name.strip().strip('"').lower() for name in line.decode().split(",")]
    except UnicodeDecodeError:
        raise FeedRefused(_("The file is not UTF-8 text.")) from None
    if not set(names) & set(COLUMNS):
        if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
            raise FeedRefused(_("The columns of the file have to be separated by commas."))
        raise FeedRefused(_("The first line is not the header of a feed: it names none of the columns."))
    for name in names:
        if set(name.split("_")) & _PERSON_OR_IMAGE:
            raise FeedRefused(
                _("The column “%s” is refused: the portal holds no names, no addresses and no images of people.") % name
            )
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        shown = [name for name in unknown if _COLUMN_NAME.fullmatch(name)]
        if shown:
            raise FeedRefused(_("The header has columns that a feed does not have: %s.") % ", ".join(shown[:5]))
        raise FeedRefused(_("The header has columns that a feed does not have, or that have no name."))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FeedRefused(_("The header names columns twice: %s.") % ", ".join(twice))
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise FeedRefused(_("The header lacks columns: %s.") % ", ".join(missing))
    width = len(names)
    return Header(width, tuple(names.index(name) if name in names else width for name in COLUMNS))
