"""Making the sample world: carriers, a crowd and a cast with stories, through the same doors as everybody's data.

Registrations come in as feeds, which are made in memory and imported like a carrier's. Accounts come last and all at
once: a world without accounts is not finished, and making it again finishes it.
"""

import dataclasses
import datetime
import io
import json
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lookups.carriers.models import Carrier, Membership
from lookups.demo import carriers, cast
from lookups.demo.generator import write_feed
from lookups.identity import services as identity
from lookups.identity.models import Account, ActivationCode
from lookups.jurisdictions import rules, schemes, working_days
from lookups.registry import importing
from lookups.registry.models import FeedKind
from lookups.vault import blind

DEFAULT_SEED = 1


class NotHere(Exception):
    """This database or deployment is no place for the sample world. ``str()`` says why, in a sentence."""


@dataclasses.dataclass(frozen=True)
class Size:
    """How much of a world: the crowd's lines and people, and whether Hua with 21,200 lines is in it."""

    registrations: int = 100_000
    people: int = 30_000
    with_hua: bool = False


def exists() -> bool:
    """Whether there are people here."""
    return Account.objects.exists()


def is_real() -> bool:
    """Whether the database holds an account that is nobody's invention."""
    return Account.objects.filter(sample=False).exists()


def seed() -> int:
    """The seed of the world that was made last."""
    try:
        return int(json.loads(_seed_file().read_text())["seed"])
    except (OSError, ValueError, KeyError, TypeError):
        return DEFAULT_SEED


def make(*, seed: int, size: Size, tell: Callable[[str], None]) -> None:
    """Fill an empty database; ``tell`` is told what was done. Raises NotHere, FeedRefused."""
    if not settings.PORTAL_DEMO:
        raise NotHere(_("The sample world has passwords that everybody knows: it is made with PORTAL_DEMO=1 only."))
    if is_real():
        raise NotHere(_("This database holds accounts of real people. The sample world needs a database of its own."))
    if exists():
        raise NotHere(_("There is a sample world here already. With --if-empty it stays as it is."))
    made = carriers.make()
    carriers.point_channels_at(settings.PORT)
    for sample in carriers.SAMPLES:
        if sample.share:
            tell(_deliver(made[sample.code], sample, seed, size))
    with transaction.atomic():
        _open_accounts(made, seed, with_hua=size.with_hua)
    _seed_file().write_text(json.dumps({"seed": seed}))


def keep_up(port: int) -> None:
    """What an existing world needs at each start: the port of today, and activation codes that have not run out."""
    carriers.point_channels_at(port)
    ActivationCode.objects.filter(used_at=None, expires_at__lt=timezone.now()).update(expires_at=identity.code_expiry())


def _deliver(carrier: Carrier, sample: carriers.Sample, seed: int, size: Size) -> str:
    """One carrier's first snapshot."""
    as_of = (timezone.now() - datetime.timedelta(hours=sample.hours)).replace(minute=0, second=0, microsecond=0)
    day = working_days.local_day(as_of, rules.current())
    file = io.BytesIO()
    write_feed(
        file,
        lines=round(size.registrations * sample.share),
        people=size.people,
        seed=seed,
        carrier=sample.code,
        until=day - datetime.timedelta(days=21),
        more=cast.rows(
            sample.code,
            seed=seed,
            today=working_days.local_day(timezone.now(), rules.current()),
            with_hua=size.with_hua,
        ),
    )
    file.seek(0)
    imported = importing.import_feed(carrier, file=file, kind=FeedKind.SNAPSHOT, as_of=as_of)
    return _("%(carrier)s: %(count)d registrations") % {"carrier": carrier, "count": imported.feed.started}


def _open_accounts(made: dict[str, Carrier], seed: int, *, with_hua: bool) -> None:
    password = identity.encode_password(cast.PASSWORD)
    for citizen in cast.CITIZENS:
        if citizen.enrols:
            _issue_code(citizen, seed)
        elif with_hua or citizen is not cast.HUA:
            identity.create_citizen(
                citizen.documents(seed),
                password=password,
                totp_seed=citizen.totp_seed(seed),
                email=citizen.email,
                language="en",
                sample=True,
            )
    for staff in cast.STAFF:
        account = identity.create_staff_account(
            staff.email,
            label=staff.name,
            role=staff.role,
            password=password,
            totp_seed=staff.totp_seed(seed),
            sample=True,
        )
        if staff.carrier:
            Membership.objects.create(account=account, carrier=made[staff.carrier], role=staff.carrier_role)


def _issue_code(citizen: cast.Citizen, seed: int) -> None:
    """An activation code that follows from the seed, so that the page can show it; only its hash is kept, as always."""
    scheme, number = citizen.documents(seed)[0]
    ActivationCode.objects.create(
        subject=schemes.subject_of(scheme, number),
        scheme=scheme,
        code_hash=blind.code_hash("activation", citizen.activation_code(seed)),
        expires_at=identity.code_expiry(),
    )


def _seed_file() -> Path:
    return Path(settings.VAR) / "sample_world.json"
