"""Failures of sign-in and of authorisation in the log, without anybody's number, address or name.

The source is a keyed hash: enough to see that a hundred failures have one origin, useless to whoever steals the log.
"""

import structlog
from django.http import HttpRequest

from lookups.identity.models import Account
from lookups.identity.throttling import source_of
from lookups.vault import blind

_log = structlog.stdlib.get_logger(__name__)


def report_failure(event: str, *, account: Account | None, source: str, factor: str, reason: str) -> None:
    """A failed try to sign in, enrol or step up. ``factor``: password, totp, recovery_code, activation_code."""
    _log.warning(
        event,
        actor=str(account.pk) if account else None,
        source=_hashed(source),
        factor=factor,
        reason=reason,
    )


def report_refused(request: HttpRequest, *, reason: str) -> None:
    """A page that was refused, by its name in the URLconf: its address might hold a reference."""
    user = request.user
    match = request.resolver_match
    _log.warning(
        "access_refused",
        actor=str(user.pk) if isinstance(user, Account) else None,
        source=_hashed(source_of(request)),
        view=match.view_name if match else "",
        method=request.method,
        reason=reason,
    )


def _hashed(source: str) -> str:
    return blind.index("source in the log", source).hex[:16]
