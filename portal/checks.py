"""System checks of a deployment: what would void a promise without anybody noticing.

The database's check runs with ``check --database default`` and at ``migrate``, the others with ``check --deploy``.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections

SHORTEST_LEASE = 45  # seconds: 40 for the longest request or mail, and a little to settle it

_ROLE = """
    SELECT current_user, rolsuper, rolbypassrls,
           coalesce((SELECT pg_has_role(current_user, relowner, 'MEMBER')
                     FROM pg_class WHERE oid = to_regclass('audit_accessrecord')), false)
    FROM pg_roles WHERE rolname = current_user
"""


def register_all() -> None:
    """Called once, when the apps are ready."""
    register(Tags.database)(role_is_bound)
    register(Tags.security, deploy=True)(mail_leaves)
    register(Tags.security, deploy=True)(lease_is_long_enough)


def role_is_bound(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The portal's own role, whichever database was asked for: migrations run as another one."""
    if not databases:
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(_ROLE)
            name, is_superuser, bypasses, owns = cursor.fetchone()
    except DatabaseError:
        return []  # No connection: whatever needs one says so itself.
    traits = {"is a superuser": is_superuser, "bypasses row security": bypasses, "owns the tables": owns}
    found = [trait for trait, has_it in traits.items() if has_it]
    if not found:
        return []
    return [
        Error(
            f"Row security and append-only are void: the portal connects as the role {name}, which "
            f"{' and '.join(found)}.",
            hint="Let DATABASE_URL name the role portal, and DATABASE_OWNER_URL the owner (README, Production).",
            id="portal.E001",
        )
    ]


def mail_leaves(**_: Any) -> list[CheckMessage]:
    if settings.PORTAL_DEMO or settings.EMAIL_BACKEND != "django.core.mail.backends.dummy.EmailBackend":
        return []
    return [
        Warning(
            "EMAIL_URL is not set: notices are kept on people's pages but not sent.",
            hint="EMAIL_URL=smtp://user:password@host:587",
            id="portal.W002",
        )
    ]


def lease_is_long_enough(**_: Any) -> list[CheckMessage]:
    if settings.OUTBOX_LEASE_SECONDS > SHORTEST_LEASE:
        return []
    return [
        Error(
            f"OUTBOX_LEASE_SECONDS has to be more than {SHORTEST_LEASE}: a message that is still being sent would be "
            "sent a second time.",
            id="portal.E003",
        )
    ]
