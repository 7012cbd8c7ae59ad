"""What the page of the sample world shows. Identity numbers and codes are made anew from the seed for each look."""

import dataclasses
import datetime
import uuid

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_otp.oath import totp

from lookups.carriers.models import Carrier
from lookups.demo import cast, world
from lookups.identity import codes
from lookups.identity.models import IdentityDocument
from lookups.jurisdictions import schemes
from lookups.notices import services as notices
from lookups.notices.models import Notice

_MESSAGES = 50


@dataclasses.dataclass(frozen=True)
class Shown:
    """One person to sign in as."""

    name_label: str
    story: str | Promise = ""
    scheme_label: str | Promise = ""
    id_number: str = ""
    email: str = ""
    role: str | Promise = ""
    carrier: str = ""
    password: str = ""
    code: str = ""
    activation_code: str = ""


@dataclasses.dataclass(frozen=True)
class Message:
    """One notice as it left, or would have."""

    when: datetime.datetime
    to_label: str
    subject: str
    body: str


def people() -> list[Shown]:
    """Citizens, then staff; nobody while the world is not finished."""
    if not world.exists():
        return []
    seed = world.seed()
    enrolled = _accounts_by_name(seed)
    citizens = [_citizen(one, seed, enrolled) for one in cast.CITIZENS if one.enrols or one.name in enrolled]
    names = dict(Carrier.objects.values_list("code", "name"))
    return citizens + [_staff(one, seed, names.get(one.carrier, "")) for one in cast.STAFF]


def messages() -> list[Message]:
    """The newest notices, in their own language."""
    names = {account: name for name, account in _accounts_by_name(world.seed()).items()}
    return [_message(notice, names) for notice in Notice.objects.order_by("-created_at")[:_MESSAGES]]


def _citizen(citizen: cast.Citizen, seed: int, enrolled: dict[str, uuid.UUID]) -> Shown:
    scheme, number = citizen.documents(seed)[0]
    by_code = citizen.enrols and citizen.name not in enrolled
    return Shown(
        name_label=citizen.name,
        story=citizen.story,
        scheme_label=schemes.get(scheme).label,
        id_number=number,
        password="" if citizen.enrols else cast.PASSWORD,
        code="" if citizen.enrols else _code(citizen.totp_seed(seed)),
        activation_code=codes.grouped(citizen.activation_code(seed)) if by_code else "",
    )


def _staff(staff: cast.Staff, seed: int, carrier: str) -> Shown:
    role = staff.carrier_role.label if staff.carrier else staff.role.label
    return Shown(
        name_label=staff.name,
        email=staff.email,
        role=role,
        carrier=carrier,
        password=cast.PASSWORD,
        code=_code(staff.totp_seed(seed)),
    )


def _code(seed: bytes) -> str:
    """What the authenticator shows now."""
    return f"{totp(seed):06d}"


def _accounts_by_name(seed: int) -> dict[str, uuid.UUID]:
    """The accounts of the cast's citizens."""
    name_of = {schemes.subject_of(*citizen.documents(seed)[0]): citizen.name for citizen in cast.CITIZENS}
    found = IdentityDocument.objects.filter(subject__in=name_of).values_list("subject", "account_id")
    return {name_of[subject]: account for subject, account in found}


def _message(notice: Notice, names: dict[uuid.UUID, str]) -> Message:
    subject, body = notices.render(notice)
    whom = names.get(notice.account) or _("somebody who has enrolled here")
    address = notice.address
    to_label = _("To %(name)s, %(address)s") % {"name": whom, "address": address} if address else _("To %s") % whom
    return Message(notice.created_at, to_label, subject, body)
