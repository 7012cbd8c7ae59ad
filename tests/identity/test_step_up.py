"""A fresh factor before what matters (S12)."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tests.factories.identity import Person, session_key, show_password, sign_in, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.identity.urls")]
PAGE = "/test/careful/"
AGAIN = "/sign-in/again/?next=%2Ftest%2Fcareful%2F"


def test_s12_within_five_minutes_of_a_factor_nothing_is_asked(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    sign_in(client, lin_mei)
    clock.shift(5 * 60)
    assert client.get(PAGE).content == b"reached by GET"
    assert client.post(PAGE).content == b"reached by POST"


def test_s12_afterwards_a_factor_is_asked_and_one_returns_to_the_page(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    sign_in(client, lin_mei)
    clock.shift(5 * 60 + 1)
    assert client.get(PAGE + "?page=2").url == AGAIN
    assert client.get(AGAIN).status_code == 200
    before = session_key(client)
    assert client.post(AGAIN, {"token": lin_mei.code()}).url == PAGE
    assert session_key(client) != before, "S11: a new key at step-up"
    assert client.get(PAGE).status_code == 200


def test_s12_a_post_without_a_fresh_factor_does_nothing_and_returns_by_get(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    signed_in(client, lin_mei.account, fresh=False)
    assert client.post(PAGE).url == AGAIN
    assert client.post(PAGE, {"next": "/numbers/"}).url == "/sign-in/again/?next=%2Fnumbers%2F"
    assert client.post(PAGE, {"next": "https://evil.example/"}).url == AGAIN


def test_s12_a_wrong_or_used_code_opens_nothing(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    sign_in(client, lin_mei)
    used = lin_mei.code()
    clock.shift(5 * 60 + 1)
    assert client.post(AGAIN, {"token": used}).status_code == 200
    clock.shift(2)
    assert client.post(AGAIN, {"token": "000000"}).status_code == 200
    assert client.get(PAGE).url == AGAIN


def test_s12_the_password_alone_does_not_step_up(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    show_password(client, lin_mei)
    assert client.get(PAGE).url == reverse("identity:sign_in_code")
    assert client.post(AGAIN, {"token": lin_mei.code()}).url == reverse("identity:sign_in_code")
    assert lin_mei.device().last_step == -1


def test_s12_a_clock_set_back_does_not_prolong_it(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    sign_in(client, lin_mei)
    clock.shift(-3600)
    assert client.get(PAGE).url == AGAIN


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/console/"])
def test_step_up_never_leads_away(
    clock: time_machine.Traveller, client: Client, lin_mei: Person, elsewhere: str
) -> None:
    signed_in(client, lin_mei.account, fresh=False)
    answer = client.post(reverse("identity:sign_in_again") + f"?next={elsewhere}", {"token": lin_mei.code()})
    assert answer.url == reverse("overview:numbers")
