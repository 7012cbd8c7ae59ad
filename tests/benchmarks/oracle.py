"""Can a stranger tell by the time of an answer whether somebody is known here (S15)?

Every door is asked 200 times about somebody who is known and 200 times about somebody who is not, in random order, each
time from another address. Printed: medians, 95th percentiles, and whether the two samples can be told apart
(Mann-Whitney U, two-sided, normal approximation with ties). Never part of the suite: a busy machine proves nothing.
"""

import argparse
import gc
import logging
import math
import random
import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lookups.identity import letters, services
from lookups.identity.models import Role, Throttle
from lookups.jurisdictions import schemes
from lookups.vault import keyring
from tests.factories.identity import resident_card

NAME = "oracle"
#: Below this, two samples count as different. There are several doors: one in a hundred would be chance.
SIGNIFICANT = 0.01
_WARM_UP = 20
_SCHEME = "CN-RIC"


@dataclass(frozen=True)
class Door:
    """A page and what is typed there; ``fields`` makes it from somebody's number or address.

    ``known`` makes that somebody known. Another door is one more entry of DOORS.
    """

    name: str
    page: str
    fields: Callable[[str], dict[str, str]]
    known: Callable[[str], None]
    somebody: Callable[[], str] = lambda: _document()


def _document() -> str:
    born = f"{random.randint(1850, 1899)}{random.randint(1, 12):02d}{random.randint(1, 28):02d}"
    return resident_card(random.randint(1, 999), born=born)


def _address() -> str:
    return f"{uuid.uuid4().hex}@oracle.example"


def _citizen(number: str) -> None:
    services.create_citizen([(_SCHEME, number)], password=_password(), totp_seed=b"x" * 20)


def _colleague(email: str) -> None:
    services.create_staff_account(email, label="", role=Role.OFFICER, password=_password())


def _invited(number: str) -> None:
    services.issue_code(schemes.subject_of(_SCHEME, number), scheme=_SCHEME)


def _enrolment(number: str) -> dict[str, str]:
    return {"scheme": _SCHEME, "number": number, "code": "0000-0000-0000"}


def _asked(number: str) -> dict[str, str]:
    return {"scheme": _SCHEME, "number": number}


def _waiting(number: str) -> None:
    subject = schemes.subject_of(_SCHEME, number)
    letters.ask_for(subject, scheme=_SCHEME, number=number, source=f"198.51.100.{random.randint(1, 250)}")
    Throttle.objects.all().delete()  # the first time counts as nobody's try


_ENCODED: list[services.EncodedPassword] = []


def _password() -> services.EncodedPassword:
    if not _ENCODED:
        _ENCODED.append(services.encode_password("a password of the benchmark"))
    return _ENCODED[0]


DOORS = [
    Door(
        "sign-in, citizens",
        "identity:sign_in",
        lambda number: {"scheme": _SCHEME, "number": number, "password": "wrong horse battery"},
        known=_citizen,
    ),
    Door(
        "sign-in, staff",
        "identity:sign_in_staff",
        lambda email: {"email": email, "password": "wrong horse battery"},
        known=_colleague,
        somebody=_address,
    ),
    Door("enrolment: has an account", "identity:enrol", _enrolment, known=_citizen),
    Door("enrolment: has a letter", "identity:enrol", _enrolment, known=_invited),
    Door("forgotten: has an account", "identity:forgotten", _enrolment, known=_citizen),
    Door("a letter, please: has an account", "identity:ask_for_letter", _asked, known=_citizen),
    Door("a letter, please: has one already", "identity:ask_for_letter", _asked, known=_invited),
    Door("a letter, please: asked for it before", "identity:ask_for_letter", _asked, known=_waiting),
]


def run(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="oracle")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--door", help="only doors whose name begins so")
    chosen = parser.parse_args(arguments)
    if not Path(settings.PORTAL_KEYRING).exists():
        keyring.create(settings.PORTAL_KEYRING)
    call_command("migrate", database="owner", verbosity=0)
    settings.ALLOWED_HOSTS.append("testserver")
    logging.disable()
    with translation.override("en"):
        for door in DOORS:
            if door.name.startswith(chosen.door or ""):
                _report(door, *_measure(door, chosen.calls))


def _measure(door: Door, calls: int) -> tuple[list[float], list[float]]:
    """Seconds for somebody known and for somebody unknown; the same sentence and status for both, or it ends here."""
    plan = []
    for number in range(2 * (calls + _WARM_UP)):
        somebody = door.somebody()
        if number % 2:
            door.known(somebody)
        plan.append((number % 2, somebody))
    warm_up, measured = plan[: 2 * _WARM_UP], plan[2 * _WARM_UP :]
    random.shuffle(measured)
    times: tuple[list[float], list[float]] = ([], [])
    answers = set()
    client, path = Client(), reverse(door.page)
    gc.collect()
    gc.disable()
    for number, (known, somebody) in enumerate([*warm_up, *measured]):
        source = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        fields = door.fields(somebody)
        began = time.perf_counter()
        response = client.post(path, fields, REMOTE_ADDR=source, secure=True)
        took = time.perf_counter() - began
        form = response.context["form"] if response.context else None
        answers.add((response.status_code, response.get("Location"), str(form and form.errors)))
        if number >= len(warm_up):
            times[known].append(took)
    gc.enable()
    if len(answers) != 1:
        raise SystemExit(f"{door.name}: the answers differ: {answers}")
    return times[1], times[0]


def _report(door: Door, known: Sequence[float], unknown: Sequence[float]) -> None:
    print(f"\n{door.name}: {len(known)} + {len(unknown)} calls, one answer")
    for label, times in (("known", known), ("unknown", unknown)):
        tail = statistics.quantiles(times, n=20)[-1]
        print(f"  {label:8} median {statistics.median(times) * 1000:7.2f} ms   p95 {tail * 1000:7.2f} ms")
    bigger, chance = mann_whitney(known, unknown)
    verdict = "CAN BE TOLD APART" if chance < SIGNIFICANT else "cannot be told apart"
    print(f"  {verdict}: known is the slower of a pair in {bigger:.1%} (p = {chance:.3f})")


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """How often a value of ``first`` is above one of ``second`` (ties half), and how likely that is by chance alone."""
    m, n = len(first), len(second)
    pooled = sorted([*first, *second])
    ranks: dict[float, float] = {}
    ties = 0.0
    position = 0
    while position < len(pooled):
        equal = pooled.count(pooled[position]) if pooled[position : position + 2].count(pooled[position]) > 1 else 1
        ranks[pooled[position]] = position + (equal + 1) / 2
        ties += equal**3 - equal
        position += equal
    above = sum(ranks[value] for value in first) - m * (m + 1) / 2
    total = m + n
    spread = math.sqrt(m * n / 12 * (total + 1 - ties / (total * (total - 1))))
    z = (above - m * n / 2) / spread if spread else 0.0
    return above / (m * n), math.erfc(abs(z) / math.sqrt(2))
