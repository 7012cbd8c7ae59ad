"""Growing delays per document, source and pair, in PostgreSQL; no stranger turns them against the owner (S7, S23)."""

import pytest
import time_machine
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from lookups.identity import services, throttling
from lookups.identity.models import Throttle
from lookups.identity.throttling import TooManyTries
from tests.factories.identity import LIN_MEIS_CARD, NOBODYS_CARD, PASSWORD, Person, resident_card, show_password

pytestmark = pytest.mark.django_db
HOME, CAFE = "192.0.2.1", "198.51.100.9"


def _fail(number: str, source: str) -> None:
    assert services.check_password("CN-RIC", number=number, password="not the password", source=source) is None


def _try(person: Person, source: str) -> bool:
    return services.check_password("CN-RIC", number=person.number, password=PASSWORD, source=source) is not None


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests count tries, not the cost of one."""

    def matches(password: str, encoded: str | None) -> bool:
        return bool(encoded) and password == PASSWORD

    monkeypatch.setattr("lookups.identity.passwords.matches", matches)


def test_s7_five_tries_are_free_then_the_delay_doubles_to_a_quarter_of_an_hour(
    clock: time_machine.Traveller, lin_mei: Person, cheap_hashes: None
) -> None:
    for _ in range(4):
        _fail(LIN_MEIS_CARD, CAFE)
    for delay in (2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        _fail(LIN_MEIS_CARD, CAFE)
        clock.shift(delay - 1)
        with pytest.raises(TooManyTries):
            _try(lin_mei, CAFE)
        clock.shift(2)
    assert _try(lin_mei, CAFE)


@pytest.mark.parametrize("number", [LIN_MEIS_CARD, NOBODYS_CARD])
def test_s15_the_delay_is_the_same_for_an_id_that_nobody_has(
    clock: time_machine.Traveller, client: Client, lin_mei: Person, cheap_hashes: None, number: str
) -> None:
    data = {"scheme": "CN-RIC", "number": number, "password": "not the password"}
    statuses = [client.post(reverse("identity:sign_in"), data).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert client.post(reverse("identity:sign_in"), data | {"password": PASSWORD}).status_code == 429


def test_s7_a_success_starts_the_pair_anew(clock: time_machine.Traveller, lin_mei: Person, cheap_hashes: None) -> None:
    for _ in range(3):
        for _ in range(4):
            _fail(LIN_MEIS_CARD, HOME)
        assert _try(lin_mei, HOME)


def test_s7_a_stranger_elsewhere_does_not_lock_the_owner_out(
    clock: time_machine.Traveller, lin_mei: Person, cheap_hashes: None
) -> None:
    for stranger in range(60):
        _fail(LIN_MEIS_CARD, f"203.0.113.{stranger}")
    assert _try(lin_mei, HOME)


def test_s7_under_attack_each_source_has_one_try_a_quarter_of_an_hour(
    clock: time_machine.Traveller, lin_mei: Person, cheap_hashes: None
) -> None:
    for stranger in range(20):
        _fail(LIN_MEIS_CARD, f"203.0.113.{stranger}")
    _fail(LIN_MEIS_CARD, HOME)
    with pytest.raises(TooManyTries):
        _try(lin_mei, HOME)
    clock.shift(15 * 60 + 1)
    assert _try(lin_mei, HOME)


def test_s7_one_source_trying_many_documents_is_slowed_down(
    clock: time_machine.Traveller, lin_mei: Person, cheap_hashes: None
) -> None:
    for serial in range(100, 130):
        _fail(resident_card(serial), CAFE)
    with pytest.raises(TooManyTries):
        _try(lin_mei, CAFE)
    assert _try(lin_mei, HOME)
    clock.shift(61)
    assert _try(lin_mei, CAFE)


def test_s7_staff_have_the_same_budget(
    clock: time_machine.Traveller, client: Client, officer: Person, cheap_hashes: None
) -> None:
    statuses = [show_password(client, officer, password="not the password").status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_s23_what_is_kept_names_nobody(clock: time_machine.Traveller, lin_mei: Person, cheap_hashes: None) -> None:
    _fail(LIN_MEIS_CARD, CAFE)
    rows = list(Throttle.objects.all())
    assert len(rows) == 3
    assert lin_mei.account.pk not in {row.pk for row in rows}
    assert {row.failures for row in rows} == {1}


def test_yesterdays_failures_are_forgotten(clock: time_machine.Traveller, lin_mei: Person, cheap_hashes: None) -> None:
    for _ in range(5):
        _fail(LIN_MEIS_CARD, CAFE)
    clock.shift(24 * 3600 + 1)
    for _ in range(4):
        _fail(LIN_MEIS_CARD, CAFE)
    assert _try(lin_mei, CAFE)


@pytest.mark.parametrize(
    ("address", "forwarded", "behind_proxy", "source"),
    [
        ("192.0.2.1", "", False, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.5", False, "192.0.2.1"),
        ("192.0.2.1", "10.1.1.1, 203.0.113.5", True, "203.0.113.5"),
        ("", "203.0.113.5", True, "203.0.113.5"),
        ("2001:db8:1:2:aaaa::1", "", False, "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::9", "", False, "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "", False, "192.0.2.1"),
        ("", "::ffff:203.0.113.5", True, "203.0.113.5"),
        ("not an address", "", False, "unknown"),
    ],
)
def test_where_a_request_comes_from(address: str, forwarded: str, behind_proxy: bool, source: str) -> None:
    header = ("HTTP_X_FORWARDED_PROTO", "https") if behind_proxy else None
    with override_settings(SECURE_PROXY_SSL_HEADER=header):
        extra = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
        assert throttling.source_of(RequestFactory(REMOTE_ADDR=address, **extra).get("/")) == source
