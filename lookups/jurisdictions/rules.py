"""Which country's rules are in force: one jurisdiction per deployment (``PORTAL_JURISDICTION``)."""

from django.conf import settings

from lookups.jurisdictions.countries import ALL
from lookups.jurisdictions.model import Jurisdiction


def current() -> Jurisdiction:
    """The rules of this deployment."""
    return get(settings.PORTAL_JURISDICTION)


def get(code: str) -> Jurisdiction:
    """The rules of a country. Raises KeyError, naming the countries there are."""
    try:
        return ALL[code]
    except KeyError:
        raise KeyError(f"No rules for {code!r}; there are {', '.join(ALL)}.") from None
