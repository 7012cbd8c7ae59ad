"""Signing in: both factors, in order, and where one lands (S3, S11)."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from tests.factories.identity import Person, session_key, show_password, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.identity.urls"), pytest.mark.usefixtures("clock")]


def test_a_citizen_signs_in_with_document_password_and_code(client: Client, lin_mei: Person) -> None:
    first = show_password(client, lin_mei)
    assert first.url == reverse("identity:sign_in_code")
    second = client.post(first.url, {"token": lin_mei.code()})
    assert second.url == reverse("overview:numbers")
    assert client.get("/test/unmarked/").content == b"reached by GET"


def test_the_number_may_be_typed_with_spaces(client: Client, lin_mei: Person) -> None:
    spaced = f" {lin_mei.number[:6]} {lin_mei.number[6:14]} {lin_mei.number[14:].lower()} "
    assert show_password(client, Person(lin_mei.account, number=spaced)).status_code == 302


def test_staff_sign_in_with_an_address_and_land_in_the_console(client: Client, officer: Person) -> None:
    assert sign_in(client, officer).url == reverse("admin:index")
    assert client.get("/test/unmarked/").status_code == 200


def test_the_address_is_compared_without_regard_to_case(client: Client, officer: Person) -> None:
    assert show_password(client, Person(officer.account, email=officer.email.upper())).status_code == 302


def test_s3_the_password_alone_reaches_nothing_but_the_second_factor_page(client: Client, lin_mei: Person) -> None:
    show_password(client, lin_mei)
    for address in ("/test/unmarked/", "/test/citizens/", "/test/careful/", reverse("identity:account")):
        assert client.get(address).url == reverse("identity:sign_in_code"), address
        assert client.post(address).url == reverse("identity:sign_in_code"), address
    assert client.get("/test/half-way/").status_code == 200
    assert client.get(reverse("admin:index")).url == reverse("identity:sign_in_code")


def test_s3_staff_with_the_password_alone_do_not_enter_the_console(client: Client, officer: Person) -> None:
    show_password(client, officer)
    assert client.get(reverse("admin:index")).url == reverse("identity:sign_in_code")


def test_s3_a_citizens_details_open_nothing_at_the_staff_door(client: Client, lin_mei: Person) -> None:
    refused = client.post(reverse("identity:sign_in_staff"), {"email": "lin@example.org", "password": "x" * 12})
    assert refused.status_code == 200
    assert session_key(client) == ""


def test_s11_each_step_gets_a_new_session_key_and_ends_the_old_session(client: Client, lin_mei: Person) -> None:
    show_password(client, lin_mei)
    half = session_key(client)
    client.post(reverse("identity:sign_in_code"), {"token": lin_mei.code()})
    whole = session_key(client)
    assert half != whole
    assert list(Session.objects.values_list("session_key", flat=True)) == [whole]


def test_s11_a_planted_session_key_is_not_kept(client: Client, lin_mei: Person) -> None:
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    client.cookies["__Host-session"] = planted
    show_password(client, lin_mei)
    assert session_key(client) != planted
    assert not Session.objects.filter(session_key=planted).exists()


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/account/", "/account/"),
        ("/disputes/", "/disputes/"),
        ("https://evil.example/", "/numbers/"),
        ("//evil.example/", "/numbers/"),
        ("/\\evil.example/", "/numbers/"),
        ("javascript:alert(1)", "/numbers/"),
        ("/console/", "/numbers/"),
        ("/" + "a" * 600, "/numbers/"),
    ],
)
def test_one_returns_to_the_page_asked_for_and_never_leaves_the_portal(
    client: Client, lin_mei: Person, wanted: str, reached: str
) -> None:
    assert sign_in(client, lin_mei, then=wanted).url == reached


def test_staff_do_not_land_on_a_citizens_page(client: Client, officer: Person) -> None:
    assert sign_in(client, officer, then="/numbers/").url == reverse("admin:index")


def test_whoever_is_signed_in_is_not_asked_again(client: Client, lin_mei: Person) -> None:
    sign_in(client, lin_mei)
    for name in ("sign_in", "sign_in_staff", "sign_in_code", "enrol"):
        assert client.get(reverse(f"identity:{name}")).url == reverse("overview:numbers"), name


def test_an_account_that_was_closed_is_signed_out_at_once(client: Client, lin_mei: Person) -> None:
    sign_in(client, lin_mei)
    lin_mei.account.is_active = False
    lin_mei.account.save(update_fields=["is_active"])
    assert client.get("/test/unmarked/").status_code == 302
    assert show_password(client, lin_mei).status_code == 200
