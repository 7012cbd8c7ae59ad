"""The cast of the sample world: who they are, what happened to them, and the lines that tell it.

All dates count back from the day on which the world is made. Nothing about a person is kept anywhere but in the
accounts: identity numbers, authenticator seeds and activation codes follow from the world's seed.
"""

import dataclasses
import datetime
import hashlib
from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lookups.carriers.models import StaffRole
from lookups.demo.people import country, id_number, machine_number, passport, phone_number
from lookups.identity import codes
from lookups.identity.models import Role

PASSWORD = "read it before you sign"  # noqa: S105 - shown on the page of the sample world
_FIRST_IDENTITY = 5_000_000  # beyond everyone in the crowd
_FIRST_NUMBER = 9_000_000
_BO, _HUA = 40, 21_200

Row = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Citizen:
    """One person of the cast. ``position`` decides the identity number; who ``enrols`` has only a code yet."""

    name: str
    position: int
    story: str | Promise
    has_old_passport: bool = False
    enrols: bool = False

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@example.org"

    def id_number(self, seed: int) -> str:
        return id_number(seed, _FIRST_IDENTITY + self.position)

    def documents(self, seed: int) -> list[tuple[str, str]]:
        """(scheme, number) of every document, the present one first."""
        documents = [(country().scheme, self.id_number(seed))]
        if self.has_old_passport:
            documents.append((country().old_passport, passport("E", 31_000_000 + seed * 1000 + self.position)))
        return documents

    def totp_seed(self, seed: int) -> bytes:
        return _derived(seed, self.name, "authenticator")[:20]

    def activation_code(self, seed: int) -> str:
        """In its normal spelling."""
        drawn = _derived(seed, self.name, "activation code")
        return "".join(codes.ALPHABET[byte % 32] for byte in drawn[: codes.ACTIVATION_CHARACTERS])


@dataclasses.dataclass(frozen=True)
class Staff:
    """Somebody who works in the console: at ``carrier``, or for all."""

    name: str
    role: Role
    email: str
    carrier: str = ""
    carrier_role: StaffRole = StaffRole.CLERK

    def totp_seed(self, seed: int) -> bytes:
        return _derived(seed, self.email, "authenticator")[:20]


WEI, MEI, JUN, LAN, BO, AN, TAO, YU, HUA = CITIZENS = (
    Citizen(
        "Wei",
        0,
        _("Someone opened three lines in Liuzhou with a photo of Wei's ID card. Wei has never been there."),
    ),
    Citizen("Mei", 1, _("Mei gave a number back long ago. Someone else has it now, and it is still under her ID too.")),
    Citizen("Jun", 2, _("Jun's only line is with a small brand that uses another carrier's network.")),
    Citizen("Lan", 3, _("Lan has a new ID card. One forgotten line is still held with her old passport."), True),
    Citizen("Bo", 4, _("Bo's ID was used by an agent: 40 lines at three carriers.")),
    Citizen("An", 5, _("Nothing is registered under An's ID.")),
    Citizen("Tao", 6, _("Tao rents out bicycles: their locks have numbers of their own.")),
    Citizen("Yu", 7, _("Yu has a letter with an activation code and has not enrolled yet."), enrols=True),
    Citizen("Hua", 8, _("Hua's ID was sold in bulk: 21,200 lines.")),
)  # fmt: skip
STAFF = (
    Staff("Zhao", Role.CARRIER, "zhao@northern.example.org", "northern"),
    Staff("Qian", Role.CARRIER, "qian@northern.example.org", "northern", StaffRole.SUPERVISOR),
    Staff("Sun", Role.CARRIER, "sun@eastern.example.org", "eastern"),
    Staff("Li", Role.OFFICER, "li@regulator.example.org"),
    Staff("Zhou", Role.OPERATOR, "zhou@portal.example.org"),
    Staff("Hu", Role.AUTHORITY, "hu@authority.example.org"),
)


def rows(carrier: str, *, seed: int, today: datetime.date, with_hua: bool = False) -> Iterator[Row]:
    """The cast's lines at one carrier, as rows of its feed."""
    teller = _Teller(carrier, seed, today)
    here = country().places[0]
    liuzhou = country().places[4]
    if carrier == "northern":
        for nth, service in enumerate(("mobile", "data", "mobile")):
            yield teller.row(WEI, nth, days=19, service=service, check="document", where=liuzhou)
        yield teller.row(WEI, 10, days=4636, plan="postpaid", check="document", where=here)
        yield teller.row(LAN, 11, days=2920, plan="postpaid", where=here)
        yield teller.row(YU, 12, days=812, where=here)
        for nth in range(3):
            number = machine_number(seed * 1000 + nth)
            yield teller.row(TAO, nth, days=400 + nth, service="iot", plan="postpaid", number=number, channel="online")
    if carrier == "western":
        yield teller.row(WEI, 0, days=2548, plan="postpaid", channel="online", check="video")
        yield teller.row(LAN, 1, days=5480, document=1, check="document", where=here)
        yield teller.row(TAO, 2, days=1500, plan="postpaid", where=here)
    if carrier == "eastern":
        # The number that Mei gave back, and whoever has it now.
        yield teller.row(MEI, 0, days=5110, check="document", where=here)
        yield teller.row(None, 0, days=700, check="portrait", where=liuzhou)
        yield teller.row(MEI, 1, days=1890, plan="postpaid", check="portrait", where=here)
    if carrier == "lotus":
        yield teller.row(JUN, 0, days=230, channel="online", check="video")
    yield from _many(teller, BO, 20, _BO, {"northern": 0, "western": 1, "eastern": 2}.get(carrier), 3)
    if with_hua:
        yield from _many(teller, HUA, 1000, _HUA, {"northern": 0, "western": 1}.get(carrier), 2)


def _many(teller: "_Teller", who: Citizen, first: int, lines: int, share: int | None, of: int) -> Iterator[Row]:
    """This carrier's share of very many lines, opened by an agent a few a day."""
    if share is not None:
        for nth in range(share, lines, of):
            where = country().places[nth % len(country().places)]
            days = 30 + nth // 6 % 900
            yield teller.row(who, first + nth, days=days, channel="agent", check="document", where=where)


@dataclasses.dataclass(frozen=True)
class _Teller:
    carrier: str
    seed: int
    today: datetime.date

    def row(
        self,
        who: Citizen | None,
        nth: int,
        *,
        days: int,
        service: str = "mobile",
        plan: str = "prepaid",
        channel: str = "outlet",
        where: str = "",
        check: str = "portrait",
        number: str = "",
        document: int = 0,
    ) -> Row:
        """A line that began ``days`` ago, with the cast's ``nth`` number here; without ``who``, somebody else's."""
        scheme, holder = who.documents(self.seed)[document] if who else (country().scheme, id_number(self.seed, 1))
        began = (self.today - datetime.timedelta(days=days)).isoformat()
        return {
            "id_scheme": scheme,
            "id_number": holder,
            "phone_number": number or phone_number(self.carrier, self.seed, _FIRST_NUMBER + nth),
            "service": service,
            "plan": plan,
            "status": "active",
            "activated_on": began,
            "channel": channel,
            "outlet_district": where,
            "identity_check": check,
            "identity_checked_on": began,
        }


def _derived(seed: int, who: str, what: str) -> bytes:
    return hashlib.sha256(f"sample world {seed} {who} {what}".encode()).digest()
