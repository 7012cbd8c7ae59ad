"""Telling the owner of an account what changed about its security, and letting them stop it.

Every change goes to both addresses (NIST SP 800-63B-4, section 4.6). Each mail carries a link that freezes the account:
whoever reads the mail may close the door, never open it. Only a new proof of identity does (``recovery``).
"""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from lookups.identity import devices, links, open_sessions
from lookups.identity.models import Account, LinkPurpose, MailedLink, Recovery
from lookups.notices import services as notices

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

WORDS: dict[str, "_StrPromise"] = {
    "factor_added": _("A new way to sign in was added."),
    "factor_removed": _("A way to sign in was removed."),
    "recovery_codes_replaced": _("New recovery codes were made. The old ones no longer work."),
    "recovery_code_used": _("A recovery code was used, and replaced by a new one."),
    "recovery_started": _(
        "Somebody proved your identity with a code and chose a new password and a new second factor. They replace the "
        "old ones in 24 hours. Signing in the old way before then stops it."
    ),
    "recovery_cancelled": _("The recovery of the account was stopped. The old ways to sign in stay."),
    "recovery_finished": _("The new password and the new second factor are in force. The old ones no longer work."),
    "password_changed": _("The password was changed, and every session was ended."),
    "new_device": _("Somebody signed in from a browser that we had not seen before."),
    "document_added": _("An identity document was added to the account."),
    "address_changed": _("An address for notices was changed."),
    "frozen": _("The account was frozen. Nobody can sign in until its owner proves their identity again."),
}


def addresses_of(account: Account) -> list[str]:
    """Where notices go: one or two different addresses, or none."""
    return list(dict.fromkeys(address for address in (account.email, account.second_email) if address))


@transaction.atomic
def announce(account: Account, *, what: str) -> None:
    """Tell both addresses ``what`` happened (a key of WORDS). Without an address it stands on the pages alone."""
    language = account.language or settings.LANGUAGE_CODE
    with translation.override(language):
        context = {"happened": str(WORDS[what])}
    if not (addresses := addresses_of(account)):
        notices.tell(account.pk, kind="security_change", context=context, language=language)
    for address in addresses:
        link = links.make(account, purpose=LinkPurpose.FREEZE, page="identity:freeze")
        notices.tell(
            account.pk,
            kind="security_change",
            context=context,
            language=language,
            address=address,
            secrets={"freeze_url": link},
        )


@transaction.atomic
def freeze(link: MailedLink) -> None:
    """Close the account: nobody signs in, sessions and a pending recovery end, and no address waits to be confirmed.

    An account that an operator closed stays as it is: frozen, a proof of identity would open it.
    """
    account = Account.objects.select_for_update().get(pk=link.account_id)
    Recovery.end_pending(account)
    if account.is_active:
        # A session is its bearer's while the account is active and has this password: frozen, no session lives, and
        # none comes back, since only a new password ends the frost.
        account.frozen_at, account.is_active = timezone.now(), False
        if account.is_staff:
            account.set_unusable_password()  # staff come back by a new invitation
        account.save(update_fields=["frozen_at", "is_active", "password"])
        open_sessions.end_all(account)
        devices.forget_all(account)
        announce(account, what="frozen")
    links.end_unconfirmed(account)
