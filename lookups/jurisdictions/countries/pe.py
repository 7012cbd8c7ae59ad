"""Peru.

OSIPTEL (as quoted in 2022-09): a prepaid line that the person never took is removed from their record within 2 working
days. A postpaid contract that was never asked for: 20 working days to decide and 5 more to notify (gestion.pe,
2025-11-05).
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
    TimeLimit,
)

RULES = Jurisdiction(
    code="PE",
    name=_("Peru"),
    languages=("es", "en"),
    time_zone="America/Lima",
    id_schemes=(
        IdScheme("PE-DNI", _("DNI"), checks.peruvian_dni, _("8 digits")),
        IdScheme("PASSPORT-PE", _("Peruvian passport"), checks.passport),
    ),
    numbering=Numbering("PE"),
    per_person_limit=PerPersonLimit(7, at_each_carrier=False, source="OSIPTEL"),
    time_limits=(
        TimeLimit(
            2, "OSIPTEL, quoted by entornointeligente.com, 2022-09", True, reasons=("never_mine",), plans=("prepaid",)
        ),
        TimeLimit(
            20,
            "gestion.pe, 2025-11-05; panamericana.pe, 2025-11-04",
            True,
            reasons=("never_mine",),
            plans=("postpaid",),
        ),
        PORTAL_DEFAULT,
    ),
    removal=REMOVAL_DEFAULT,
    retention=RETENTION_DEFAULT,
)
