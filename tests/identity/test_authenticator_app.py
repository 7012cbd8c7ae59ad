"""Codes of the authenticator app: right ones, once, near their time (S6), and an end to guessing (S7)."""

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from lookups.identity import services
from lookups.identity.models import AuthenticatorApp
from lookups.identity.throttling import TooManyTries
from tests.factories.identity import OTHER_SEED, SEED, Person, code_of, show_password

pytestmark = pytest.mark.django_db
SOURCE = "192.0.2.7"


def _accepted(person: Person, code: str) -> bool:
    return services.check_factor(person.account, token=code, source=SOURCE) is not None


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_s6_a_code_is_good_for_one_step_either_way(
    clock: time_machine.Traveller, lin_mei: Person, steps: int, taken: bool
) -> None:
    assert _accepted(lin_mei, lin_mei.code(steps=steps)) is taken


def test_s6_a_used_code_and_older_ones_are_refused(clock: time_machine.Traveller, lin_mei: Person) -> None:
    earlier, code = lin_mei.code(steps=-1), lin_mei.code()
    assert _accepted(lin_mei, code)
    clock.shift(20)
    assert not _accepted(lin_mei, code)
    clock.shift(1)
    assert not _accepted(lin_mei, earlier)
    clock.shift(10)
    assert _accepted(lin_mei, lin_mei.code())


@pytest.mark.parametrize("spelling", ["{0} {1}", " {0}{1} ", "{0}{1}"])
def test_a_code_may_be_typed_in_two_groups(clock: time_machine.Traveller, lin_mei: Person, spelling: str) -> None:
    code = lin_mei.code()
    assert _accepted(lin_mei, spelling.format(code[:3], code[3:]))


@pytest.mark.parametrize("nonsense", ["٠١٢٣٤٥", "１２３４５６", "12345", "1234567", "-12345", "abcdef", "' OR 1=1"])
def test_nonsense_is_a_wrong_code(clock: time_machine.Traveller, lin_mei: Person, nonsense: str) -> None:
    assert not _accepted(lin_mei, nonsense)


def test_s6_the_seed_is_sealed_at_rest(lin_mei: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seed FROM identity_authenticatorapp WHERE user_id = %s", [lin_mei.account.pk])
        stored = bytes(cursor.fetchone()[0])
    device = lin_mei.device()
    assert SEED not in stored
    assert device.seed.encode() not in stored


def test_the_code_of_somebody_elses_app_is_wrong(
    clock: time_machine.Traveller, lin_mei: Person, wang_fang: Person
) -> None:
    assert not _accepted(lin_mei, wang_fang.code())
    wang_fang.device().refresh_from_db()
    assert wang_fang.device().last_step == -1


def test_s7_the_delay_doubles_and_a_try_inside_it_is_not_even_read(
    clock: time_machine.Traveller, lin_mei: Person
) -> None:
    for seconds in (1, 2, 4, 8):
        assert not _accepted(lin_mei, "000000")
        with pytest.raises(TooManyTries):
            _accepted(lin_mei, lin_mei.code())
        clock.shift(seconds)
    assert lin_mei.device().throttling_failure_count == 4
    assert _accepted(lin_mei, lin_mei.code())
    assert lin_mei.device().throttling_failure_count == 0


def test_s7_ten_wrong_codes_in_a_row_switch_the_app_off(clock: time_machine.Traveller, lin_mei: Person) -> None:
    for _ in range(10):
        assert not _accepted(lin_mei, "000000")
        clock.shift(3600)
    assert lin_mei.device().is_disabled
    with pytest.raises(services.AuthenticatorSwitchedOff):
        _accepted(lin_mei, lin_mei.code())
    assert lin_mei.device().last_step == -1


def test_s7_a_second_app_of_the_same_person_works_on(clock: time_machine.Traveller, lin_mei: Person) -> None:
    other = services.add_authenticator(lin_mei.account, OTHER_SEED)
    AuthenticatorApp.objects.exclude(pk=other.pk).update(disabled_at=other.created_at)
    assert _accepted(lin_mei, code_of(OTHER_SEED))


def test_the_page_says_what_to_do(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    show_password(client, lin_mei)
    page = reverse("identity:sign_in_code")
    wrong = client.post(page, {"token": "000000"})
    assert (wrong.status_code, "Wait for the next one" in wrong.content.decode()) == (200, True)
    hurried = client.post(page, {"token": lin_mei.code()})
    assert (hurried.status_code, "too many tries" in hurried.content.decode()) == (429, True)
    AuthenticatorApp.objects.update(disabled_at=lin_mei.account.created_at)
    off = client.post(page, {"token": lin_mei.code()})
    assert "switched off after ten wrong codes" in off.content.decode()
    assert client.get(reverse("identity:account")).url == page


def test_s7_the_device_itself_refuses_within_the_delay(clock: time_machine.Traveller, lin_mei: Person) -> None:
    """Two requests may pass the page's own check together: the row, locked, decides."""
    device = lin_mei.device()
    assert not device.verify_token("000000")
    assert not device.verify_token(lin_mei.code())
    assert device.last_step == -1
    clock.shift(2)
    assert device.verify_token(lin_mei.code())
