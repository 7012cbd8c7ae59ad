"""The two addresses for notices. An address counts once a link that was sent there was opened and its button pressed.

An address is where we write, and nothing else: nobody signs in with it, recovers with it, or proves anything by it.
"""

import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lookups.identity import changes, links
from lookups.identity.models import Account, LinkPurpose, MailedLink
from lookups.notices import services as notices

ADDRESSES = (LinkPurpose.FIRST_ADDRESS, LinkPurpose.SECOND_ADDRESS)
LINKS_A_DAY = 5


class TooManyLinks(Exception):
    """Five confirmations were asked for within a day."""


class SameAddress(Exception):
    """Both addresses would be one."""


@transaction.atomic
def ask_to_confirm(account: Account, *, which: LinkPurpose, address: str) -> None:
    """Mail a link to ``address``. Nothing else changes yet. Raises TooManyLinks, SameAddress."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    if _is_the_other(account, which, address):
        raise SameAddress
    sent = MailedLink.objects.filter(account=account, purpose__in=ADDRESSES)
    if sent.filter(made_at__gt=timezone.now() - datetime.timedelta(days=1)).count() >= LINKS_A_DAY:
        raise TooManyLinks
    link = links.make(account, purpose=which, page="identity:confirm_address", address=address)
    notices.tell(
        account.pk,
        kind="confirm_address",
        context={},
        language=account.language or settings.LANGUAGE_CODE,
        address=address,
        secrets={"confirm_url": link},
    )


@transaction.atomic
def confirm(link: MailedLink) -> bool:
    """Make the address of this link the account's; the addresses until now are told. False where it is used already."""
    account = Account.objects.select_for_update().get(pk=link.account_id)
    held = MailedLink.objects.filter(pk=link.pk).first()
    if held is None or not held.address or not account.is_active:
        return False
    address = held.address
    if _is_the_other(account, link.purpose, address):
        return False
    changes.announce(account, what="address_changed")
    if link.purpose == LinkPurpose.FIRST_ADDRESS:
        account.email = address
    else:
        account.second_email = address
    account.save(update_fields=["email", "second_email"])
    # The day's count of links must survive the use of one: only what it confirms goes.
    held.address, held.expires_at = None, timezone.now()
    held.save(update_fields=["address", "expires_at"])
    return True


def _is_the_other(account: Account, which: str, address: str) -> bool:
    """Whether the account's other address is this one: two that are one would be told once."""
    other = account.second_email if which == LinkPurpose.FIRST_ADDRESS else account.email
    return bool(other) and other.casefold() == address.casefold()
