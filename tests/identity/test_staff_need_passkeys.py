"""Staff reach other people's records with a passkey alone (S4)."""

import os
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from lookups.identity import services
from lookups.identity.models import Passkey
from tests.factories.identity import Person, show_password, sign_in, signed_in
from tests.identity.test_factor_changes import a_passkey
from tests.whole.addresses import every_address

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
MAY_BE_REACHED = {
    "identity:add_passkey",
    "identity:add_passkey_options",
    "identity:enrol_recovery_codes",
    "identity:new_recovery_code",
    "identity:passkey_options",
    "identity:sign_in_again",
    "identity:stay",
}


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> None:
    settings.STAFF_NEED_PASSKEY = True


def test_s4_with_a_code_alone_every_address_leads_to_the_page_that_adds_one(client: Client, officer: Person) -> None:
    sign_in(client, officer)
    door = reverse("identity:add_passkey")
    reached = set()
    for one in every_address():
        if one.access:
            continue
        for method in ("get", "post"):
            response = getattr(client, method)(one.path)
            if (response.status_code, response.headers.get("Location")) != (302, door):
                reached.add(one.name)
    assert reached <= MAY_BE_REACHED


def test_s4_with_a_passkey_the_console_opens(client: Client, officer: Person) -> None:
    signed_in(client, officer.account)
    assert client.get("/console/").url == reverse("identity:add_passkey")
    session = client.session
    session["otp_device_id"] = a_passkey(officer.account).persistent_id
    session.save()
    assert client.get("/console/").status_code == 200


def test_s4_who_has_a_passkey_adds_no_other_with_a_mere_code(client: Client, officer: Person) -> None:
    """Else the code, which a false page can ask for, would be worth as much as the passkey."""
    a_passkey(officer.account)
    sign_in(client, officer)
    assert client.get(reverse("identity:add_passkey")).url == reverse("identity:sign_in_again")
    assert client.post(reverse("identity:add_passkey_options")).status_code == 403
    page = client.get(reverse("identity:sign_in_again")).content.decode()
    assert "one-time-code" not in page
    assert "you need your passkey" in page


def test_s4_a_recovery_code_lets_whoever_lost_it_add_another(client: Client, officer: Person) -> None:
    a_passkey(officer.account)
    code = services.add_recovery_codes(officer.account)[0]
    show_password(client, officer)
    shown = client.post(reverse("identity:sign_in_code"), {"token": code})
    assert client.get(shown.url).status_code == 200
    assert client.get("/console/").url == reverse("identity:add_passkey")
    assert client.get(reverse("identity:add_passkey")).status_code == 200
    assert client.post(reverse("identity:add_passkey_options")).status_code == 200


def test_s4_the_last_passkey_of_staff_stays(client: Client, officer: Person) -> None:
    passkey = a_passkey(officer.account)
    signed_in(client, officer.account)
    session = client.session
    session["otp_device_id"] = passkey.persistent_id
    session.save()
    client.post(reverse("identity:remove_factor", args=[passkey.pk]))
    assert Passkey.objects.filter(pk=passkey.pk).exists()


def test_citizens_need_none(client: Client, lin_mei: Person) -> None:
    sign_in(client, lin_mei)
    assert client.get(reverse("identity:account")).status_code == 200


@pytest.mark.parametrize(("demo", "needed"), [("0", "True"), ("1", "False")])
def test_s4_it_is_on_wherever_nobody_turns_it_off_but_in_the_demo(demo: str, needed: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PORTAL_STAFF_NEED_PASSKEY"}
    said = subprocess.run(
        [sys.executable, "-c", "from portal import settings; print(settings.STAFF_NEED_PASSKEY)"],
        env=environment | {"PORTAL_DEMO": demo},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == needed
