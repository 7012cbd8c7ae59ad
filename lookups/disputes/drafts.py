"""What a citizen has typed but not sent.

One sealed row per number, so that nothing typed is lost by signing in again.
"""

import datetime
import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone

from lookups.disputes.models import Draft

LIFETIME = datetime.timedelta(hours=24)


def save(*, account: uuid.UUID, registration_id: uuid.UUID, reason: str, statement: str) -> None:
    """Keep (or replace) the draft about this number."""
    draft = Draft(id=uuid.uuid4(), account=account, registration_id=registration_id, saved_at=timezone.now())
    draft.content = {"reason": reason, "statement": statement}
    try:
        with transaction.atomic():
            drop(account=account, registration_id=registration_id)
            draft.save(force_insert=True)
    except IntegrityError:
        # A double click: the other request has just saved the same words.
        return


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
