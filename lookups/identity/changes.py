"""What a person is told when something changes about how they prove who they are."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from lookups.identity.models import Account
from lookups.notices import services as notices

PASSKEY_ADDED = "passkey_added"
PASSKEY_REMOVED = "passkey_removed"
AUTHENTICATOR_ADDED = "authenticator_added"
AUTHENTICATOR_REMOVED = "authenticator_removed"
PASSWORD_CHANGED = "password_changed"  # noqa: S105
RECOVERY_CODES_MADE = "recovery_codes_made"
RECOVERY_CODE_USED = "recovery_code_used"

WORDS = {
    PASSKEY_ADDED: _("A passkey was added to your account."),
    PASSKEY_REMOVED: _("A passkey was removed from your account."),
    AUTHENTICATOR_ADDED: _("An authenticator app was added to your account."),
    AUTHENTICATOR_REMOVED: _("An authenticator app was removed from your account."),
    PASSWORD_CHANGED: _("The password of your account was changed."),
    RECOVERY_CODES_MADE: _("New recovery codes were made for your account. The old ones no longer work."),
    RECOVERY_CODE_USED: _("A recovery code of your account was used, and replaced by a new one."),
}


def announce(account: Account, *, what: str) -> None:
    """Tell this person, in the transaction of the change. ``what``: one of the names above."""
    language = account.language or settings.LANGUAGE_CODE
    with translation.override(language):
        words = str(WORDS[what])
    notices.tell(
        account.pk,
        kind="security_change",
        context={"what": what, "words": words, "base_url": settings.PORTAL_BASE_URL},
        language=language,
        address=account.email,
    )
