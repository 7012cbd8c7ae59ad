"""China.

The MIIT notice of September 2019 asks carriers to verify and handle a disputed number "immediately" and names no
number of days, so the portal's own default counts. Five lines at each carrier is the ceiling of real-name
registration.
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
    code="CN",
    name=_("China"),
    languages=("zh-hans", "en"),
    time_zone="Asia/Shanghai",
    id_schemes=(
        IdScheme(
            "CN-RIC",
            _("Resident identity card"),
            checks.chinese_resident_card,
            _("18 characters, on the back of the card"),
        ),
        IdScheme("PASSPORT-CN", _("Chinese passport"), checks.passport, _("For example E12345678")),
        IdScheme("PASSPORT-GB", _("Passport, United Kingdom"), checks.passport),
    ),
    # 13-digit machine numbers (1064…, 14[0148]…) are issued to real names too; phonenumbers does not know them.
    numbering=Numbering("CN", extra_ranges=(r"1064[0-9]{9}", r"14[0148][0-9]{10}")),
    per_person_limit=PerPersonLimit(5, at_each_carrier=True, source="MIIT, real-name registration of telephone users"),
    time_limits=(PORTAL_DEFAULT,),
    removal=REMOVAL_DEFAULT,
    retention=RETENTION_DEFAULT,
)
