"""The fraudster of S1 at every door there is: every number, ID, name, birthday, and the victim's mailbox (S1, S8, S15).

Doors are not listed here: every public address of this room is tried, so that a new one is tried as well.
"""

import base64
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django_otp.models import Device

from lookups.carriers.models import Carrier
from lookups.identity import devices, services, tasks
from lookups.identity.models import (
    Account,
    ActivationCode,
    AuthenticatorApp,
    EidIdentity,
    Enrolment,
    IdentityDocument,
    KnownDevice,
    SealedDevice,
)
from lookups.notices.models import Notice
from lookups.notices.services import render
from tests.cast import make_registration
from tests.doubles import eid
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, WANG_FANGS_CARD, Person, sign_in
from tests.identity.eid_journeys import come_back, configured, leave
from tests.identity.test_recovery import NEW_PASSWORD, choose_password, set_up_app
from tests.whole.addresses import every_address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("northern"), pytest.mark.long]

NUMBERS = ["+8613812344471", "+8613812344472"]
MAILBOX = "lin@example.org"
KNOWN = [*NUMBERS, NUMBERS[0][3:], "18950312", "1895-03-12", "Lin Mei", "Lin Mei 1895", MAILBOX, LIN_MEIS_CARD]
#: What a form may ask a stranger for. A name, a birthday, a phone number is not among it.
FIELDS = {"scheme", "number", "password", "again", "email", "code", "token"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')


@pytest.fixture
def victim(northern: Carrier) -> Person:
    """Lin Mei, with numbers on record, one of them the fraudster's doing."""
    person = identity.lin_mei()
    services.add_recovery_codes(person.account)
    for number in NUMBERS:
        make_registration(LIN_MEIS_CARD, northern, number)
    return person


def doors() -> list[str]:
    return [one.path for one in every_address() if one.access == "public" and one.name.startswith("identity:")]


def state_of_the_world() -> list[str]:
    return [
        repr(list(model._default_manager.order_by("pk").values_list()))
        for model in (Account, IdentityDocument, ActivationCode, Enrolment, EidIdentity, KnownDevice)
    ]


def knocks(number: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every public page, with each thing that is known in every field that it might go into."""
    for path in doors():
        for known in KNOWN:
            yield (
                path,
                {
                    "scheme": "CN-RIC",
                    "number": number,
                    "email": MAILBOX,
                    **dict.fromkeys(("password", "again", "code", "token", "phone", "name", "birthday"), known),
                },
            )


def test_s1_no_door_opens_and_nothing_changes(victim: Person) -> None:
    before = state_of_the_world()
    for attempt, (path, fields) in enumerate(knocks(LIN_MEIS_CARD)):
        fraudster = Client(REMOTE_ADDR=f"203.0.{attempt // 250}.{attempt % 250}")
        for response in (fraudster.post(path, fields), fraudster.get(path, fields)):
            assert response.status_code in {200, 302, 400, 403, 404, 405, 429}, path
            assert "_auth_user_id" not in fraudster.session, path
            assert "enrolment" not in fraudster.session, path
            assert LIN_MEIS_CARD not in response.headers.get("Location", ""), path
        inside = fraudster.get(reverse("overview:numbers"))
        assert inside.url.startswith(reverse("identity:sign_in")), path
    assert state_of_the_world() == before


def test_s1_nothing_comes_to_the_stolen_mailbox_that_opens_a_door(victim: Person) -> None:
    for path, fields in knocks(LIN_MEIS_CARD):
        Client(REMOTE_ADDR=f"198.51.100.{len(path)}").post(path, fields)
    assert mail.outbox == []
    codes = re.compile(r"\b\d{6}\b|https?://\S+\?\S+|[0-9A-Z]{4}-[0-9A-Z]{4}")
    for notice in Notice.objects.all():
        assert not codes.search(str(notice.context)), notice.kind


def test_s1_s15_nor_does_any_door_tell_whether_there_is_an_account(victim: Person) -> None:
    """The same for the victim's ID and for one that nobody has used: words, status, where it leads."""

    def answer(path: str, fields: dict[str, str], source: str) -> tuple[int, str, str]:
        response: HttpResponse = Client(REMOTE_ADDR=source).post(path, fields)
        text = TOKEN.sub("", response.content.decode()).replace(fields["number"], "")
        return response.status_code, response.headers.get("Location", ""), text

    known, unknown = knocks(LIN_MEIS_CARD), knocks(identity.NOBODYS_CARD)
    for attempt, ((path, hers), (_, nobodys)) in enumerate(zip(known, unknown, strict=True)):
        if hers["password"] == LIN_MEIS_CARD:
            continue  # typed in a field that is shown again
        sources = f"203.0.{attempt // 250}.{attempt % 250}", f"198.51.{attempt // 250}.{attempt % 250}"
        assert answer(path, hers, sources[0]) == answer(path, nobodys, sources[1]), path


def test_s1_no_public_page_asks_for_what_a_fraudster_knows(victim: Person) -> None:
    asked = {
        field
        for path in doors()
        for field in re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', Client().get(path).content.decode())
    }
    assert asked - {"csrfmiddlewaretoken"} <= FIELDS, "say in this test why another field is safe"


def test_s8_no_factor_is_sent_by_text_message_or_mail() -> None:
    """S8: out-of-band codes do not exist, so that no line and no mailbox is a factor."""

    def below(model: type[Device]) -> Iterator[type[Device]]:
        for each in model.__subclasses__():
            yield from (each, *below(each))

    ours = {model for model in below(Device) if not model._meta.abstract and model.__module__.startswith("lookups.")}
    for model in ours:
        assert not hasattr(model, "generate_challenge") or model.generate_challenge is Device.generate_challenge
        fields = {field.name for field in model._meta.get_fields()}
        assert not fields & {"email", "number", "phone_number", "phone", "address"}, model
    assert {model for model in ours if issubclass(model, SealedDevice)}


def test_s1_the_fraudsters_own_eid_leads_to_the_fraudsters_own_document(victim: Person) -> None:
    """With a valid eID of their own and the victim's browser cookie of another device, the victim's account stays."""
    before = state_of_the_world()
    with eid.bad_provider(WANG_FANGS_CARD) as provider, configured(provider.url):
        fraudster = Client()
        fraudster.cookies[devices.COOKIE] = "x" * 43
        back = come_back(fraudster, provider.authorize(leave(fraudster)))
        assert back.url == reverse("identity:enrol_password")
        assert Enrolment.objects.get().code.subject not in victim.account.subjects()
        Enrolment.objects.all().delete()
        ActivationCode.objects.all().delete()
        provider.change = lambda claims: claims.update({"acr": "low", eid.ID_CLAIM: LIN_MEIS_CARD})
        assert "not safe enough" in come_back(fraudster, provider.authorize(leave(fraudster))).content.decode()
    assert state_of_the_world() == before


def test_s1_s9_even_with_the_victims_eid_a_thief_waits_while_she_is_told(
    victim: Person, clock: time_machine.Traveller
) -> None:
    with eid.bad_provider(LIN_MEIS_CARD) as provider, configured(provider.url):
        thief = Client()
        assert come_back(thief, provider.authorize(leave(thief))).url == reverse("identity:enrol_password")
    choose_password(thief)
    seed, answer = set_up_app(thief)
    assert answer.url == reverse("identity:recovered")
    assert "_auth_user_id" not in thief.session
    assert "in 24 hours" in render(Notice.objects.get(kind="security_change"))[1]
    fresh = Client()
    fields = {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "password": NEW_PASSWORD}
    assert fresh.post(reverse("identity:sign_in"), fields).status_code == 200
    assert sign_in(Client(), victim).url == reverse("overview:numbers"), "her own factors work, and stop it"
    clock.shift(2 * 86400)
    tasks.finish_recoveries()
    assert fresh.post(reverse("identity:sign_in"), fields).status_code == 200
    assert AuthenticatorApp.objects.get(user=victim.account).seed != base64.b32encode(seed).decode()
