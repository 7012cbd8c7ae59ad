"""The cast: people and carriers that tests call by name.

Wei Zhang is the citizen who finds lines he never took; Mei Lin is another citizen, whose records are nobody else's
business. Northern and Western are operators with systems of their own, Eastern works in our console, Lotus is a
reseller that Northern answers for. Ning is a clerk at Northern, Eli at Eastern; Olga is the regulator's officer,
Pat an operator of the portal.
"""

import base64
import datetime
import functools
import os
from typing import Any

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from lookups.carriers.models import Carrier, Channel, Membership
from lookups.identity import services as identity
from lookups.identity.models import Account, Role
from lookups.identity.passwords import EncodedPassword
from lookups.jurisdictions import schemes
from lookups.registry.models import Feed, Registration
from lookups.vault import blind

WEIS_ID = "110105189502180014"
MEIS_ID = "31010118960903002X"
# What a carrier has to show when it keeps a number under an ID.
REGISTRATION = {
    "registered_on": "2026-10-20",
    "channel": "outlet",
    "outlet": "Station Road",
    "identity_check": "document",
    "document_kind": "identity card",
}
WEIS_NUMBER = "+8613812344471"
PASSWORD = "quiet river stone 41"
SEED = b"a seed of twenty byt"


def valid_id(number: str) -> str:
    """``number`` with its last character made right."""
    digits = number[:17]
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return digits + "10X98765432"[total % 11]


WEIS_ID = valid_id(WEIS_ID)
MEIS_ID = valid_id(MEIS_ID)


@functools.cache
def encoded_password() -> EncodedPassword:
    """Everybody's password, hashed once a run: Argon2id is meant to be slow."""
    return identity.encode_password(PASSWORD)


def make_citizen(*documents: tuple[str, str], email: str = "") -> Account:
    return identity.create_citizen(list(documents), password=encoded_password(), totp_seed=SEED, email=email)


@pytest.fixture
def wei(db: None) -> Account:
    return make_citizen(("CN-RIC", WEIS_ID), email="wei@example.org")


@pytest.fixture
def mei(db: None) -> Account:
    return make_citizen(("CN-RIC", MEIS_ID), email="mei@example.org")


def make_carrier(
    code: str, name: str, *, kind: str = "console", host: Carrier | None = None, **settings: Any
) -> Carrier:
    carrier = Carrier.objects.create(code=code, name=name, host=host)
    if host is None:
        channel = Channel(carrier=carrier, kind=kind, settings=settings)
        channel.save(force_insert=True)
    return carrier


@pytest.fixture
def northern(db: None) -> Carrier:
    return make_carrier("northern", "Northern Telecom", kind="demo", mode="works")


@pytest.fixture
def western(db: None) -> Carrier:
    return make_carrier("western", "Western Mobile", kind="demo", mode="works")


@pytest.fixture
def eastern(db: None) -> Carrier:
    return make_carrier("eastern", "Eastern Link", kind="console")


@pytest.fixture
def lotus(northern: Carrier) -> Carrier:
    return make_carrier("lotus", "Lotus Mobile", host=northern)


def make_clerk(carrier: Carrier, email: str, label: str, role: str = "clerk") -> Account:
    account = identity.create_staff_account(
        email, label=label, role=Role.CARRIER, password=encoded_password(), totp_seed=SEED
    )
    Membership.objects.create(account=account, carrier=carrier, role=role)
    return account


@pytest.fixture
def ning(northern: Carrier) -> Account:
    return make_clerk(northern, "ning@northern.example", "Ning")


@pytest.fixture
def eli(eastern: Carrier) -> Account:
    return make_clerk(eastern, "eli@eastern.example", "Eli")


@pytest.fixture
def olga(db: None) -> Account:
    return identity.create_staff_account(
        "olga@regulator.example", label="Olga", role=Role.OFFICER, password=encoded_password(), totp_seed=SEED
    )


@pytest.fixture
def pat(db: None) -> Account:
    return identity.create_staff_account(
        "pat@portal.example", label="Pat", role=Role.OPERATOR, password=encoded_password(), totp_seed=SEED
    )


def make_registration(
    account_or_id: Account | str, carrier: Carrier, number: str = WEIS_NUMBER, **columns: Any
) -> Registration:
    """One registration as a feed would leave it."""
    if isinstance(account_or_id, str):
        subject = schemes.subject_of("CN-RIC", account_or_id)
    else:
        subject = account_or_id.subjects()[0]
    feed, _ = Feed.objects.get_or_create(
        carrier=carrier,
        state="applied",
        defaults={
            "kind": "snapshot",
            "as_of": timezone.now(),
            "received_at": timezone.now(),
            "applied_at": timezone.now(),
            "digest": os.urandom(32),
        },
    )
    index = blind.number_index(number)
    known = {
        "service": "mobile",
        "plan": "prepaid",
        "status": "active",
        "activated_on": timezone.localdate() - datetime.timedelta(days=19),
        "channel": "outlet",
        "outlet_district": "Liuzhou, Guangxi",
        "identity_check": "document",
    } | columns
    registration = Registration(
        id=blind.registration_id(subject, carrier.pk, index),
        subject=subject,
        carrier=carrier,
        number_index=index,
        sealed_by=feed.pk,
        feed=feed,
        **known,
    )
    registration.number = number
    registration.save(force_insert=True)
    return registration


def code_for(seed: bytes = SEED) -> str:
    """The six digits an authenticator app shows now, by an implementation that is not ours."""
    return pyotp.TOTP(base64.b32encode(seed).decode()).now()


def sign_in(client: Client, account: Account, *, stepped_up: bool = True) -> Client:
    """Put both factors into the client's session, as signing in on the pages leaves it."""
    device = account.authenticatorapp_set.get()
    now = int(timezone.now().timestamp())
    client.force_login(account, backend="lookups.identity.backends.AccountBackend")
    session = client.session
    session.update(
        {
            "otp_device_id": device.persistent_id,
            "signed_in_at": now,
            "active_at": now,
            "verified_at": now,
            "stepped_up_at": now if stepped_up else now - 3600,
        }
    )
    session.save()
    return client


@pytest.fixture
def as_wei(client: Client, wei: Account) -> Client:
    return sign_in(client, wei)


@pytest.fixture
def as_mei(mei: Account) -> Client:
    return sign_in(Client(), mei)


@pytest.fixture
def as_ning(ning: Account) -> Client:
    return sign_in(Client(), ning)


@pytest.fixture
def as_eli(eli: Account) -> Client:
    return sign_in(Client(), eli)


@pytest.fixture
def as_olga(olga: Account) -> Client:
    return sign_in(Client(), olga)
