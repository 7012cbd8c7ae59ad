"""Sessions end on the server: idle, too old, signed out, password changed (S11, S13)."""

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from tests.factories.identity import Person, session_key, show_password, sign_in, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.identity.urls")]
PAGE = "/test/unmarked/"


def _minutes(clock: time_machine.Traveller, minutes: float) -> None:
    clock.shift(minutes * 60)


def test_s11_a_citizens_session_ends_after_15_idle_minutes(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    sign_in(client, lin_mei)
    _minutes(clock, 14)
    assert client.get(PAGE).status_code == 200
    _minutes(clock, 15.1)
    assert client.get(PAGE).url == f"{reverse('identity:sign_in')}?next=%2Ftest%2Funmarked%2F"
    assert not Session.objects.exists()


def test_s11_a_staff_session_ends_after_10_idle_minutes(
    clock: time_machine.Traveller, client: Client, officer: Person
) -> None:
    sign_in(client, officer)
    _minutes(clock, 9.5)
    assert client.get(PAGE).status_code == 200
    _minutes(clock, 10.1)
    assert client.get(PAGE).status_code == 302


def test_s11_no_session_outlives_eight_hours(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    sign_in(client, lin_mei)
    for _ in range(8 * 5):
        _minutes(clock, 11.9)
        assert client.get(PAGE).status_code == 200
    _minutes(clock, 5)
    assert client.get(PAGE).status_code == 302


def test_s11_a_half_signed_in_session_lasts_ten_minutes(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    show_password(client, lin_mei)
    _minutes(clock, 9)
    assert client.get(reverse("identity:sign_in_code")).status_code == 200
    _minutes(clock, 1.1)
    assert client.post(reverse("identity:sign_in_code"), {"token": lin_mei.code()}).status_code == 302
    assert client.get(PAGE).url.startswith(reverse("identity:sign_in"))


def test_s11_the_browser_cannot_keep_a_session_that_the_server_ended(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    sign_in(client, lin_mei)
    kept = session_key(client)
    _minutes(clock, 16)
    client.get(PAGE)
    client.cookies["__Host-session"] = kept
    _minutes(clock, -16)
    assert client.get(PAGE).status_code == 302


def test_s11_a_changed_password_ends_every_session(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    elsewhere = signed_in(Client(), lin_mei.account)
    sign_in(client, lin_mei)
    lin_mei.account.set_password("another seven lanterns")
    lin_mei.account.save()
    assert client.get(PAGE).status_code == 302
    assert elsewhere.get(PAGE).status_code == 302


def test_s11_a_removed_factor_ends_what_it_had_opened(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    sign_in(client, lin_mei)
    lin_mei.device().delete()
    assert client.get(PAGE).url == reverse("identity:sign_in_code")


def test_s13_signing_out_ends_the_session_and_clears_the_browser(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    sign_in(client, lin_mei)
    answer = client.post(reverse("identity:sign_out"))
    assert answer.status_code == 200
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert not Session.objects.exists()
    assert client.get(PAGE).status_code == 302


def test_signing_out_is_a_post(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    sign_in(client, lin_mei)
    assert client.get(reverse("identity:sign_out")).status_code == 405
    assert client.get(PAGE).status_code == 200


def test_whoever_is_half_signed_in_can_leave(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    show_password(client, lin_mei)
    assert client.post(reverse("identity:sign_out")).status_code == 200
    assert not Session.objects.exists()


def test_s13_the_cookie_is_of_this_host_alone_and_out_of_reach_of_scripts(client: Client, lin_mei: Person) -> None:
    cookie = show_password(client, lin_mei).cookies["__Host-session"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_a_form_without_its_token_is_refused_and_nobody_is_signed_in(lin_mei: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert show_password(strict, lin_mei).status_code == 403
    assert session_key(strict) == ""
