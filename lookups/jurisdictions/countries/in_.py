"""India.

The order of 2021-12-07 sets days for re-verifying flagged lines, not for answering a person's dispute, so the portal's
own default counts for answers. Nine lines per person in most circles (six in some: not told apart here).
"""

from django.utils.translation import gettext_lazy as _

from lookups.jurisdictions import checks
from lookups.jurisdictions.model import (
    PORTAL_DEFAULT,
    REMOVAL_DEFAULT,
    RETENTION_DEFAULT,
    IdScheme,
    Jurisdiction,
    Numbering,
    PerPersonLimit,
)

RULES = Jurisdiction(
    code="IN",
    name=_("India"),
    languages=("hi", "en"),
    time_zone="Asia/Kolkata",
    id_schemes=(
        IdScheme("IN-AADHAAR", _("Aadhaar"), checks.aadhaar, _("12 digits")),
        IdScheme("PASSPORT-IN", _("Indian passport"), checks.passport, _("For example J8369854")),
    ),
    # 13-digit machine numbers begin with 5.
    numbering=Numbering("IN", extra_ranges=(r"5[0-9]{12}",)),
    per_person_limit=PerPersonLimit(9, at_each_carrier=False, source="DoT order of 2021-12-07"),
    time_limits=(PORTAL_DEFAULT,),
    removal=REMOVAL_DEFAULT,
    retention=RETENTION_DEFAULT,
)
