"""Writing access records. Callers write them in the transaction of the act itself: no act without its record."""

import uuid
from collections.abc import Iterable

from django.utils import timezone

from lookups.audit.models import AccessRecord
from lookups.prepared import PreparedInsert

_insert = PreparedInsert(AccessRecord)


def record(
    subjects: Iterable[uuid.UUID],
    *,
    action: str,
    actor_kind: str,
    actor: uuid.UUID | None = None,
    organisation: str = "",
    purpose: str = "",
    about: str = "",
) -> None:
    """One access record for each subject. ``about`` is a reference or a row's id, never a number or words of anyone."""
    now = timezone.now()
    records = [
        AccessRecord(
            subject=subject,
            at=now,
            action=action,
            actor_kind=actor_kind,
            actor=actor,
            organisation=organisation,
            purpose=purpose,
            about=about,
        )
        for subject in subjects
    ]
    if len(records) == 1:
        # By itself it is its own transaction: one message to the database instead of three.
        _insert(records[0])
    else:
        AccessRecord.objects.bulk_create(records)
