"""Sessions in the database, as Django keeps them; each signed-in request reads its own by a prepared statement."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from lookups.prepared import Prepared


class SessionStore(DatabaseSessionStore):
    """What ``SESSION_ENGINE`` names."""

    def load(self) -> dict[str, Any]:
        """What the session holds; one that is over, or that nobody knows, is empty and will get a key of ours."""
        # Django makes keys of letters and digits alone; PostgreSQL would not even look for one with a NUL in it.
        key = self.session_key or ""
        found = _sessions(key) if key.isascii() and key.isalnum() else []
        if not found or found[0].expire_date <= timezone.now():
            self._session_key = None
            return {}
        return self.decode(found[0].session_data)


@Prepared
def _sessions(key: str) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key)
