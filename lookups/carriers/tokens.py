"""The credential with which a carrier's own system delivers feeds: a bearer token of 256 random bits.

A feed may be larger than memory, so nobody can sign its body and have the signature judged before the body is taken.
The token says who delivers, TLS keeps it from others, and a digest in the request (RFC 9530) says whether what arrived
is what was sent. Taking a request twice does no harm: the same file is recognised.
"""

import secrets

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lookups.carriers.models import Carrier, DeliveryToken
from lookups.vault import blind

PREFIX = "feeds_"  # so that whoever finds one in a repository knows what it opens
_LONGEST = 128


@transaction.atomic
def renew(carrier: Carrier, *, keep_present: bool = False) -> str:
    """A new token for this carrier, which can be read this once.

    The present one ends at once, as one that leaked must; with ``keep_present`` it is taken until the next renewal.
    """
    token = PREFIX + secrets.token_urlsafe(32)
    present = DeliveryToken.objects.select_for_update().filter(carrier=carrier).first()
    previous = present.current if present and keep_present else None
    DeliveryToken.objects.update_or_create(
        carrier=carrier, defaults={"current": _hash(token), "previous": previous, "made_at": timezone.now()}
    )
    return token


def withdraw(carrier: Carrier) -> bool:
    """No token of this carrier is taken any more. False where there was none."""
    deleted, _ = DeliveryToken.objects.filter(carrier=carrier).delete()
    return bool(deleted)


def carrier_of(authorization: str) -> Carrier | None:
    """Whose token this ``Authorization`` header shows. Looked up by its keyed hash, so no comparison tells anything."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token.startswith(PREFIX) or len(token) > _LONGEST:
        return None
    shown = _hash(token)
    known = DeliveryToken.objects.filter(Q(current=shown) | Q(previous=shown), carrier__is_active=True)
    found = known.select_related("carrier").first()
    return found.carrier if found else None


def _hash(token: str) -> bytes:
    return blind.code_hash("delivery token", token)
