"""Access records in the words of the person they are about."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils import timezone
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
    """The latest looks at these subjects' records, newest first; a person's own that repeat one another are one."""
    records = AccessRecord.objects.about(subjects)[:SHOWN]
    return [_entry(list(alike)) for _same, alike in groupby(records, key=_sameness)]


def _sameness(record: AccessRecord) -> tuple[object, ...]:
    """Equal for neighbours that are told as one: the person's own, of one day. Everybody else's stand alone."""
    if record.actor_kind != ActorKind.CITIZEN:
        return (record.pk,)
    return (record.action, record.about, timezone.localtime(record.at).date())


def _entry(alike: list[AccessRecord]) -> Entry:
    record = alike[0]
    who = str(record.get_actor_kind_display())
    if record.organisation:
        who = _("%(organisation)s (%(who)s)") % {"organisation": record.organisation, "who": who}
    why = ""
    if record.actor_kind != ActorKind.CITIZEN and record.about:
        why = _("For dispute %(reference)s") % {"reference": record.about}
    what = str(record.get_action_display())
    if len(alike) > 1:
        what = _("%(what)s, %(count)d times") % {"what": what, "count": len(alike)}
    return Entry(record.at, who, what, why)
