"""What a citizen has typed but not sent.

One sealed row per number, so that nothing typed is lost by signing in again.
"""

import datetime
import uuid

from django.utils import timezone

from lookups.disputes.models import Draft

LIFETIME = datetime.timedelta(hours=24)


def save(*, account: uuid.UUID, registration_id: uuid.UUID, reason: str, statement: str) -> None:
    """Keep (or replace) the draft about this number."""
    draft = load(account=account, registration_id=registration_id)
    if draft is None:
        draft = Draft(id=uuid.uuid4(), account=account, registration_id=registration_id)
    draft.saved_at = timezone.now()
    draft.content = {"reason": reason, "statement": statement}
    draft.save()


def load(*, account: uuid.UUID, registration_id: uuid.UUID) -> Draft | None:
    """The draft about this number, if it is not too old."""
    fresh = Draft.objects.filter(saved_at__gt=timezone.now() - LIFETIME)
    return fresh.filter(account=account, registration_id=registration_id).first()


def drop(*, account: uuid.UUID, registration_id: uuid.UUID) -> None:
    """Forget the draft: it was sent, or is not wanted."""
    Draft.objects.filter(account=account, registration_id=registration_id).delete()


def forget_old() -> int:
    """Delete all drafts that are past their time. Returns how many."""
    return Draft.objects.filter(saved_at__lte=timezone.now() - LIFETIME).delete()[0]
