"""Links that we mail: a random token that says nothing about anybody and is kept as a keyed hash alone."""

import datetime
import secrets

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from lookups.identity.models import Account, LinkPurpose, MailedLink
from lookups.vault import blind

TOKEN_BYTES = 24  # 192 bits
LASTS = {
    LinkPurpose.FREEZE: datetime.timedelta(days=7),
    LinkPurpose.FIRST_ADDRESS: datetime.timedelta(hours=24),
    LinkPurpose.SECOND_ADDRESS: datetime.timedelta(hours=24),
}


def make(account: Account, *, purpose: LinkPurpose, page: str, address: str | None = None) -> str:
    """A new link to ``page`` (a name in the URLconf that takes a token), whole, as it stands in a mail."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    # A day longer than they last: how many were made today is counted by these rows (``addresses``).
    gone = timezone.now() - datetime.timedelta(days=1)
    MailedLink.objects.filter(expires_at__lt=gone, account=account).delete()
    link = MailedLink(
        account=account, purpose=purpose, token_hash=_hash(token), expires_at=timezone.now() + LASTS[purpose]
    )
    link.address = address
    link.save(force_insert=True)
    return settings.PORTAL_BASE_URL + reverse(page, args=[token])


def find(token: str, *purposes: LinkPurpose) -> MailedLink | None:
    """The link with this token, for one of these purposes, while it lasts."""
    links = MailedLink.objects.select_related("account").filter(expires_at__gt=timezone.now())
    return links.filter(token_hash=_hash(token), purpose__in=purposes).first()


def end_unconfirmed(account: Account) -> None:
    """Addresses that were typed before now become nobody's: the links that would confirm them open nothing."""
    unconfirmed = MailedLink.objects.filter(account=account).exclude(purpose=LinkPurpose.FREEZE)
    unconfirmed.update(address=None, expires_at=timezone.now())


def _hash(token: str) -> bytes:
    return blind.code_hash("mailed link", token[:64])
