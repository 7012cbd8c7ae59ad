"""Access records in the words of the person they are about."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from lookups.audit.models import AccessRecord, ActorKind

SHOWN = 200


@dataclass(frozen=True)
class Entry:
    """One look: when, who, what they did, and what for."""

    when: datetime
    who: str
    what: str
    why: str


def entries(subjects: list[uuid.UUID]) -> list[Entry]:
    """The latest looks at these subjects' records, newest first."""
    return [_entry(record) for record in AccessRecord.objects.about(subjects)[:SHOWN]]


def _entry(record: AccessRecord) -> Entry:
    who = str(record.get_actor_kind_display())
    if record.organisation:
        who = _("%(organisation)s (%(who)s)") % {"organisation": record.organisation, "who": who}
    why = ""
    if record.actor_kind != ActorKind.CITIZEN and record.about:
        why = _("For dispute %(reference)s") % {"reference": record.about}
    return Entry(record.at, who, str(record.get_action_display()), why)
