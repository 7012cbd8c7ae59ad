"""A page is closed unless it says otherwise (S3, S14)."""

import pytest
from django.test import Client
from django.urls import reverse

from lookups.identity.models import Role
from tests.factories import identity
from tests.factories.identity import Person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.identity.urls"), pytest.mark.usefixtures("clock")]


@pytest.mark.parametrize("address", ["/test/unmarked/", "/test/citizens/", "/test/careful/", "/account/"])
def test_s3_nobody_is_led_to_sign_in_with_the_path_alone(client: Client, address: str) -> None:
    sign_in = reverse("identity:sign_in")
    wanted = address.replace("/", "%2F")
    assert client.get(address, {"q": "1234"}).url == f"{sign_in}?next={wanted}"
    assert client.post(address, {"q": "1234"}).url == sign_in


def test_s3_the_console_leads_to_the_staff_door(client: Client) -> None:
    door = reverse("identity:sign_in_staff")
    assert client.get(reverse("admin:index")).url == f"{door}?next=%2Fconsole%2F"
    assert client.get(reverse("admin:login")).url == door
    assert client.post(reverse("admin:login"), {"username": "x", "password": "y"}).url == door


def test_open_pages_and_machines_are_let_through(client: Client) -> None:
    assert client.get("/test/open/").status_code == 200
    assert client.post("/test/machine/").status_code == 200
    assert Client(enforce_csrf_checks=True).post("/test/machine/").status_code == 200
    assert Client(enforce_csrf_checks=True).post("/test/open/").status_code == 403


def test_the_second_factor_page_is_not_for_everybody(client: Client) -> None:
    assert client.get("/test/half-way/").status_code == 302
    assert client.get(reverse("identity:sign_in_code")).url.startswith(reverse("identity:sign_in"))


def test_to_a_citizen_the_console_does_not_exist(client: Client, lin_mei: Person) -> None:
    signed_in(client, lin_mei.account)
    for name in ("index", "login", "logout", "jsi18n"):
        assert client.get(reverse(f"admin:{name}")).status_code == 404, name


@pytest.mark.parametrize("role", [Role.OFFICER, Role.OPERATOR])
def test_to_staff_citizens_pages_do_not_exist(client: Client, db: None, role: str) -> None:
    signed_in(client, identity.staff(role).account)
    assert client.get("/test/citizens/").status_code == 404
    assert client.post("/test/citizens/").status_code == 404


def test_the_admins_own_doors_are_closed(client: Client, officer: Person) -> None:
    signed_in(client, officer.account)
    assert client.get(reverse("admin:login")).url == reverse("admin:index")
    assert client.get(reverse("admin:password_change")).status_code == 404
    leaving = client.post(reverse("admin:logout"))
    assert (leaving.status_code, leaving.url) == (307, reverse("identity:sign_out"))


def test_an_unknown_address_is_not_found_for_anybody(client: Client) -> None:
    assert client.get("/no/such/page/").status_code == 404
