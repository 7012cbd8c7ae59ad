"""What a member of staff may see: the rows of one carrier, of all, or of none.

The first of two fences between carriers; PostgreSQL's row security (``row_security``) is the other. Views use both.
"""

import uuid
from dataclasses import dataclass
from typing import TypeVar

from django.db import models
from django.http import HttpRequest

from lookups.carriers.models import Membership, StaffRole
from lookups.identity.models import Account, Role

T = TypeVar("T", bound=models.Model)


@dataclass(frozen=True)
class Scope:
    """Whose rows: ``carrier_id`` for carrier staff, ``every_carrier`` for officers and operators, else nobody's.

    ``counter``: may hand over activation codes. ``supervisor``: of the carrier's staff, one who answers for the others.
    """

    carrier_id: uuid.UUID | None = None
    supervisor: bool = False
    every_carrier: bool = False
    counter: bool = False
    organisation: str = ""

    def limit(self, rows: "models.QuerySet[T]", column: str = "carrier_id") -> "models.QuerySet[T]":
        """``rows`` without those of other carriers."""
        if self.every_carrier:
            return rows
        return rows.filter(**{column: self.carrier_id}) if self.carrier_id else rows.none()


def scope_of(account: Account) -> Scope:
    """The scope of one account. Citizens have none."""
    if account.role in (Role.OFFICER, Role.OPERATOR):
        return Scope(every_carrier=True, organisation=str(account.get_role_display()))
    if account.role == Role.AUTHORITY:
        return Scope(counter=True, organisation=str(account.get_role_display()))
    membership = Membership.objects.select_related("carrier").filter(account=account.pk).first()
    if account.role != Role.CARRIER or membership is None:
        return Scope()
    supervisor = membership.role == StaffRole.SUPERVISOR
    return Scope(carrier_id=membership.carrier_id, supervisor=supervisor, organisation=membership.carrier.name)


def scope(request: HttpRequest) -> Scope:
    """The scope of whoever makes this request, looked up once."""
    known = getattr(request, "_staff_scope", None)
    if known is None:
        known = scope_of(request.user) if isinstance(request.user, Account) else Scope()
        request._staff_scope = known  # type: ignore[attr-defined]
    return known
