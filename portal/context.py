"""What every page knows: whether someone is signed in with both factors, and whether this is the demo."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from lookups.identity import sessions


def site(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated and getattr(user, "is_verified", lambda: False)())
    match = request.resolver_match
    ends_at = sessions.ends_at(request) if signed_in else None
    return {
        "signed_in": signed_in,
        "is_citizen": signed_in and getattr(user, "is_citizen", False),
        "eid_offered": bool(settings.PORTAL_EID_ISSUER),
        "demo_mode": settings.PORTAL_DEMO,
        "nav": match.view_name if match else "",
        "session_ends_at": ends_at,
        "session_seconds": int((ends_at - timezone.now()).total_seconds()) if ends_at else 0,
    }
