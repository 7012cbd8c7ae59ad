"""Who holds numbers under somebody's ID, and knows ID, name, birthday and address, comes no further (S1)."""

import pytest
from django.test import Client
from django.urls import reverse

from lookups.identity import services
from lookups.identity.models import Account, Enrolment
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, WANG_FANGS_CARD, Person, session_key, show_password

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.identity.urls"), pytest.mark.usefixtures("clock")]

KNOWN = ["18950312", "1895-03-12", "Lin Mei", "+8613812344471", "13812344471", "lin@example.org", LIN_MEIS_CARD]


def test_s1_what_is_known_of_the_victim_is_no_password(lin_mei: Person) -> None:
    for number, known in enumerate(KNOWN):
        fraudster = Client(REMOTE_ADDR=f"203.0.113.{number}")
        show_password(fraudster, lin_mei, password=known)
        assert session_key(fraudster) == ""


def test_s1_nor_is_it_an_activation_code(db: None) -> None:
    identity.activation_code()
    for number, known in enumerate(KNOWN):
        fraudster = Client(REMOTE_ADDR=f"203.0.113.{number}")
        fraudster.post(reverse("identity:enrol"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": known})
        assert session_key(fraudster) == ""
    assert not Enrolment.objects.exists()


def test_s1_no_page_of_sign_in_takes_a_phone_number_or_a_name(client: Client, db: None) -> None:
    fields = set()
    for name in ("sign_in", "sign_in_staff", "enrol", "enrol_staff"):
        fields |= set(client.get(reverse(f"identity:{name}")).context["form"].fields)
    assert fields == {"scheme", "number", "password", "email", "code"}


def test_s1_a_code_of_their_own_does_not_lead_to_the_victims_document(client: Client, db: None) -> None:
    own = identity.activation_code(WANG_FANGS_CARD)
    client.post(reverse("identity:enrol"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": own})
    assert not Enrolment.objects.exists()
    assert not Account.objects.exists()


def test_s1_the_stolen_password_alone_shows_nothing(client: Client, lin_mei: Person, wang_fang: Person) -> None:
    show_password(client, lin_mei)
    half_way = reverse("identity:sign_in_code")
    assert client.post(half_way, {"token": wang_fang.code()}).status_code == 200, "their own authenticator app"
    recovery = services.add_recovery_codes(wang_fang.account)[0]
    assert client.post(half_way, {"token": recovery}).status_code == 200, "their own recovery code"
    for page in ("overview:numbers", "overview:activity", "disputes:list", "identity:account"):
        assert client.get(reverse(page)).url == half_way, page


def test_s1_a_session_of_their_own_cannot_become_the_victims(
    client: Client, lin_mei: Person, wang_fang: Person
) -> None:
    identity.signed_in(client, wang_fang.account)
    client.post(reverse("identity:sign_out"))
    show_password(client, lin_mei)
    assert client.get(reverse("identity:account")).url == reverse("identity:sign_in_code")
    session = client.session
    session["otp_device_id"] = wang_fang.device().persistent_id
    session.save()
    assert client.get(reverse("identity:account")).url == reverse("identity:sign_in_code")
