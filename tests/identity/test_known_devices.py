"""Whoever has signed in from a browser before is counted apart from strangers at that address (S7, S10, S13)."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from lookups.identity import devices, services
from lookups.identity.models import KnownDevice
from lookups.identity.throttling import Source, TooManyTries
from lookups.notices.models import Notice
from lookups.notices.services import render
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD, Person, resident_card, show_password, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "cheap_hashes")]

SHARED = "100.64.0.1"
HERS = "h" * 43


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests count tries, not the cost of one."""

    def matches(password: str, encoded: str | None) -> bool:
        return bool(encoded) and password == PASSWORD

    monkeypatch.setattr("lookups.identity.passwords.matches", matches)


def password(number: str, *, device: str = "", right: bool = False) -> bool:
    source = Source.of(SHARED, device=device)
    said = PASSWORD if right else "not the password"
    return services.check_password("CN-RIC", number=number, password=said, source=source) is not None


def fail_as_often_as_possible(number: str, *, device: str = "") -> None:
    with pytest.raises(TooManyTries):
        for _ in range(40):
            password(number, device=device)


def test_s7_a_stranger_behind_the_same_address_does_not_slow_a_known_device(lin_mei: Person) -> None:
    devices.remember(lin_mei.account, device=HERS)
    fail_as_often_as_possible(LIN_MEIS_CARD)
    with pytest.raises(TooManyTries):
        password(LIN_MEIS_CARD, right=True)
    assert password(LIN_MEIS_CARD, device=HERS, right=True)


def test_s7_nor_does_one_who_tries_many_documents_there(lin_mei: Person) -> None:
    devices.remember(lin_mei.account, device=HERS)
    with pytest.raises(TooManyTries):
        for serial in range(100, 140):
            password(resident_card(serial))
    assert password(LIN_MEIS_CARD, device=HERS, right=True)


def test_s7_nor_do_strangers_everywhere(lin_mei: Person) -> None:
    devices.remember(lin_mei.account, device=HERS)
    for stranger in range(60):
        services.check_password("CN-RIC", number=LIN_MEIS_CARD, password="x", source=f"203.0.113.{stranger}")
    assert not password(LIN_MEIS_CARD, device=HERS)
    assert password(LIN_MEIS_CARD, device=HERS, right=True), "its one slip is not held against it"


def test_s7_a_known_device_has_a_budget_of_its_own(lin_mei: Person) -> None:
    """A stolen cookie buys five tries, then the same delays as anybody's."""
    devices.remember(lin_mei.account, device=HERS)
    statuses = []
    for _ in range(7):
        try:
            statuses.append(password(LIN_MEIS_CARD, device=HERS))
        except TooManyTries:
            statuses.append(None)
    assert statuses == [False] * 5 + [None] * 2
    assert password(LIN_MEIS_CARD, right=True), "and it slows nobody else"


@pytest.mark.parametrize("device", ["x" * 43, ""])
def test_s7_a_cookie_that_the_account_does_not_know_is_worth_nothing(lin_mei: Person, device: str) -> None:
    devices.remember(lin_mei.account, device=HERS)
    fail_as_often_as_possible(LIN_MEIS_CARD)
    with pytest.raises(TooManyTries):
        password(LIN_MEIS_CARD, device=device, right=True)


def test_s7_ones_own_device_is_not_a_way_to_try_somebody_elses_password(lin_mei: Person, wang_fang: Person) -> None:
    devices.remember(wang_fang.account, device=HERS)
    fail_as_often_as_possible(LIN_MEIS_CARD, device=HERS)


def test_s7_recovery_codes_have_the_same_slot(lin_mei: Person) -> None:
    devices.remember(lin_mei.account, device=HERS)
    code = services.add_recovery_codes(lin_mei.account)[0]
    with pytest.raises(TooManyTries):
        for _ in range(10):
            services.check_factor(lin_mei.account, token="wrong-code", source=SHARED)
    assert services.check_factor(lin_mei.account, token=code, source=Source.of(SHARED, device=HERS))


def test_s13_the_cookie_comes_with_the_second_factor_and_survives_signing_out(client: Client, lin_mei: Person) -> None:
    show_password(client, lin_mei)
    assert devices.COOKIE not in client.cookies, "the password alone makes no device known"
    client.post(reverse("identity:sign_in_code"), {"token": lin_mei.code()})
    cookie = client.cookies[devices.COOKIE]
    assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", "")
    assert cookie["samesite"] == "Lax"
    assert int(cookie["max-age"]) == 365 * 86400
    client.post(reverse("identity:sign_out"))
    assert client.cookies[devices.COOKIE].value == cookie.value


def test_only_a_keyed_hash_is_kept(client: Client, lin_mei: Person) -> None:
    sign_in(client, lin_mei)
    row = KnownDevice.objects.get()
    assert row.account == lin_mei.account.pk
    assert client.cookies[devices.COOKIE].value.encode() not in bytes(row.digest)
    assert len(bytes(row.digest)) == 32


def test_s10_a_sign_in_from_another_device_is_told(
    client: Client, clock: time_machine.Traveller, lin_mei: Person
) -> None:
    sign_in(client, lin_mei)
    assert not Notice.objects.exists(), "the first is no news"
    clock.shift(3600)
    sign_in(client, lin_mei)
    assert not Notice.objects.exists(), "nor is the same again"
    assert KnownDevice.objects.get().last_used_at
    clock.shift(3600)
    sign_in(Client(), lin_mei)
    notice = Notice.objects.get()
    assert (notice.kind, notice.account, notice.address) == ("security_change", lin_mei.account.pk, "lin@example.org")
    assert "Somebody signed in from a browser that we had not seen before." in render(notice)[1]


def test_one_browser_of_two_people_is_known_to_both(
    client: Client, clock: time_machine.Traveller, lin_mei: Person, wang_fang: Person
) -> None:
    sign_in(client, lin_mei)
    token = client.cookies[devices.COOKIE].value
    client.post(reverse("identity:sign_out"))
    sign_in(client, wang_fang)
    assert client.cookies[devices.COOKIE].value == token
    assert KnownDevice.objects.count() == 2
    for person in (lin_mei, wang_fang):
        assert devices.slot(person.account, device=token)


@pytest.mark.parametrize("cookie", ["short", "x" * 44, "é" * 43, "x" * 100_000, "a;b" * 20])
def test_a_cookie_that_cannot_be_ours_is_replaced(client: Client, lin_mei: Person, cookie: str) -> None:
    client.cookies[devices.COOKIE] = cookie
    sign_in(client, lin_mei)
    assert len(client.cookies[devices.COOKIE].value) == 43


def test_twenty_devices_are_enough(lin_mei: Person, clock: time_machine.Traveller) -> None:
    for number in range(25):
        clock.shift(1)
        devices.remember(lin_mei.account, device=f"{number:043d}")
    assert KnownDevice.objects.count() == 20
    assert not devices.slot(lin_mei.account, device=f"{4:043d}")
    assert devices.slot(lin_mei.account, device=f"{5:043d}")
    devices.forget_all(lin_mei.account)
    assert not devices.slot(lin_mei.account, device=f"{24:043d}")
