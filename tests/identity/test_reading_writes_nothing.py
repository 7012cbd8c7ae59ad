"""A GET leaves the database as it was, the session's activity excepted (promise 7)."""

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD, Person, show_password, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.identity.urls"), pytest.mark.usefixtures("clock")]
PAGES = [
    "sign_in",
    "sign_in_staff",
    "sign_in_code",
    "sign_in_again",
    "enrol",
    "enrol_staff",
    "enrol_password",
    "enrol_authenticator",
    "enrol_recovery_codes",
    "account",
    "enrol_passkey",
    "add_passkey",
    "add_authenticator",
    "change_password",
    "recovery_codes",
    "new_recovery_code",
    "stay",
]


def _writes(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(address)
    return [query["sql"] for query in queries if query["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]


@pytest.mark.parametrize("page", PAGES)
def test_for_a_stranger(client: Client, page: str) -> None:
    assert _writes(client, reverse(f"identity:{page}") + "?next=/account/") == []


@pytest.mark.parametrize("page", PAGES)
def test_half_way_in(client: Client, lin_mei: Person, page: str) -> None:
    show_password(client, lin_mei)
    assert _writes(client, reverse(f"identity:{page}")) == []


@pytest.mark.parametrize("page", PAGES)
def test_signed_in(client: Client, lin_mei: Person, page: str) -> None:
    signed_in(client, lin_mei.account, fresh=False)
    assert _writes(client, reverse(f"identity:{page}")) == []


@pytest.mark.parametrize("page", PAGES)
def test_in_the_middle_of_enrolling(client: Client, page: str) -> None:
    code = identity.activation_code()
    client.post(reverse("identity:enrol"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": code})
    client.post(reverse("identity:enrol_password"), {"password": PASSWORD, "again": PASSWORD})
    assert _writes(client, reverse(f"identity:{page}")) == []


def test_activity_is_noted_once_a_minute(client: Client, lin_mei: Person, clock: time_machine.Traveller) -> None:
    signed_in(client, lin_mei.account)
    page = reverse("identity:account")
    clock.shift(59)
    assert _writes(client, page) == []
    clock.shift(1)
    noted = _writes(client, page)
    assert [sql.split('"')[1] for sql in noted] == ["django_session"]
    assert _writes(client, page) == []
