"""What a citizen has typed but not sent.

One sealed row per number, so that nothing typed is lost by signing in again. Each page adds its answers to it.
"""

import datetime
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from lookups.disputes.models import Draft

LIFETIME = datetime.timedelta(hours=24)


@transaction.atomic
def save(*, account: uuid.UUID, registration_id: uuid.UUID, **typed: Any) -> Draft:
    """Keep these answers beside those that are kept already; one typed again replaces the old one."""
    now = timezone.now()
    mine = Draft.objects.filter(account=account, registration_id=registration_id)
    mine.filter(saved_at__lte=now - LIFETIME).delete()
    fresh = Draft(id=uuid.uuid4(), account=account, registration_id=registration_id, saved_at=now)
    fresh.content = {}
    # Two tabs, or a double click: one of them makes the row, the other waits for it.
    Draft.objects.bulk_create([fresh], ignore_conflicts=True)
    draft = mine.select_for_update().get()
    draft.content, draft.saved_at = draft.content | typed, now
    draft.save(update_fields=["content", "saved_at"])
    return draft


def load(*, account: uuid.UUID, registration_id: uuid.UUID) -> Draft | None:
    """The draft about this number, if it is not too old."""
    fresh = Draft.objects.filter(saved_at__gt=timezone.now() - LIFETIME)
    return fresh.filter(account=account, registration_id=registration_id).first()


def forget_old() -> int:
    """Delete all drafts that are past their time, with their files. Returns how many."""
    old = Draft.objects.filter(saved_at__lte=timezone.now() - LIFETIME)
    return old.delete()[1].get(Draft._meta.label, 0)
