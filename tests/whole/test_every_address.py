"""Every address there is, from the URLconf itself: who gets in, and who is told what (S3, S14, promise 7)."""

import importlib
import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import clear_url_caches, reverse
from django.utils import timezone
from pytest_django import Settings

from lookups.audit.models import AccessRecord
from lookups.identity.decorators import FIRST_FACTOR, MACHINE, PUBLIC
from portal import urls
from tests.whole.addresses import Address, every_address
from tests.whole.conftest import World

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

#: Open to everybody. Whoever adds a line here says why in the same commit.
PUBLIC_PAGES = {
    "overview:home",
    "overview:statistics",
    "identity:sign_in",
    "identity:sign_in_staff",
    "identity:sign_out",
    "identity:enrol",
    "identity:enrol_staff",
    "identity:enrol_password",
    "identity:enrol_authenticator",
    "identity:enrol_passkey",
    "identity:enrol_passkey_options",
    # A letter is asked for, and an account is recovered, by people who cannot sign in.
    "identity:ask_for_letter",
    "identity:forgotten",
    "identity:keep_factor",
    "identity:keep_factor_options",
    "identity:recovered",
    # Links in mails: their random token is the credential.
    "identity:confirm_address",
    "identity:freeze",
    "identity:eid_start",  # whoever has no account yet
    "identity:eid_callback",
    # The police, a court, a bank: whoever holds a certificate. Its code is the credential.
    "disputes:verify",
    "disputes:verify_code",
    "livez",
    "readyz",
}
#: It shows again what was typed; otherwise all wrong codes are answered alike (tests/disputes).
CODE_IS_SHOWN_AGAIN = {"disputes:verify_code"}
#: They have credentials of their own: a bearer token, a signature.
MACHINE_INTERFACES = {"metrics", "disputes:listener", "registry:deliver", "registry:feed", "registry:rejects"}
#: For whoever has shown the password and nothing else.
SECOND_FACTOR_PAGE = {"identity:sign_in_code", "identity:passkey_options"}
#: Both citizens and staff have an account.
FOR_BOTH = {
    "identity:account",
    "identity:add_authenticator",
    "identity:add_passkey",
    "identity:add_passkey_options",
    "identity:change_password",
    "identity:end_other_sessions",
    "identity:end_session",
    "identity:enrol_recovery_codes",
    "identity:new_recovery_code",
    "identity:passkey_options",
    "identity:recovery_codes",
    "identity:remove_factor",
    "identity:sign_in_again",
    "identity:sign_in_code",
    "identity:stay",
}
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"|data-seconds="\d+"')
METHODS = ("get", "post", "put", "options")


def closed(world: World) -> list[Address]:
    return [one for one in every_address(world.values) if one.name not in PUBLIC_PAGES | MACHINE_INTERFACES]


def test_the_lists_say_what_the_views_say() -> None:
    marked = {access: {one.name for one in every_address() if one.access == access} for access in (PUBLIC, MACHINE)}
    assert marked[PUBLIC] == PUBLIC_PAGES
    assert marked[MACHINE] == MACHINE_INTERFACES
    assert {one.name for one in every_address() if one.access == FIRST_FACTOR} == SECOND_FACTOR_PAGE


@pytest.fixture
def demo(settings: Settings, world: World) -> Iterator[None]:
    """The addresses of the demo, in this process, on a database of real people."""
    settings.PORTAL_DEMO = True
    importlib.reload(urls)
    clear_url_caches()
    yield
    settings.PORTAL_DEMO = False
    importlib.reload(urls)
    clear_url_caches()


@pytest.mark.usefixtures("demo")
def test_the_demo_adds_one_public_page() -> None:
    assert {one.name for one in every_address() if one.access == PUBLIC} == PUBLIC_PAGES | {"demo:home"}
    assert Client().get("/demo/").status_code == 404, "nothing is shown where real people have accounts"


def test_without_the_demo_its_page_does_not_exist(world: World) -> None:
    assert Client().get("/demo/").status_code == 404


def test_s3_nobody_gets_in(world: World) -> None:
    records = AccessRecord.objects.count()
    answers = {(one.name, method): getattr(Client(), method)(one.path) for one in closed(world) for method in METHODS}
    door = reverse("identity:sign_in")
    wrong = [who for who, answer in answers.items() if answer.status_code != 302 or not answer.url.startswith(door)]
    assert wrong == []
    assert AccessRecord.objects.count() == records


def test_machines_need_their_credentials(world: World) -> None:
    clients = [Client(), world.signed_in("wei"), world.signed_in("pat")]
    answers = {
        (one.name, method): getattr(client, method)(one.path).status_code
        for one in every_address(world.values)
        if one.name in MACHINE_INTERFACES
        for method in METHODS
        for client in clients
    }
    assert set(answers.values()) == {401, 405}


@pytest.mark.parametrize("who", ["wei", "eli", "pat"])
def test_s3_the_password_alone_opens_the_second_factor_page_only(world: World, who: str) -> None:
    records = AccessRecord.objects.count()
    client = with_the_password(world, who)
    opened = set()
    for one in closed(world):
        for method in ("get", "post"):
            response = getattr(client, method)(one.path)
            if (response.status_code, response.headers.get("Location")) != (302, reverse("identity:sign_in_code")):
                opened.add(one.name)
    assert opened == SECOND_FACTOR_PAGE
    assert AccessRecord.objects.count() == records


def test_s3_the_password_alone_shows_nobody_on_public_pages(world: World) -> None:
    client = with_the_password(world, "wei")
    for one in every_address(world.values):
        if one.name in PUBLIC_PAGES:
            response = client.get(one.path)
            assert b"/sign-out/" not in response.content, one.name
            assert not response.context or not response.context.get("signed_in"), one.name


def test_s14_a_citizen_has_no_console(world: World) -> None:
    client = world.signed_in("wei")
    answers = {
        (one.name, method): getattr(client, method)(one.path).status_code
        for one in every_address(world.values)
        for method in ("get", "post")
        if one.in_console
    }
    assert len(answers) > 60
    assert {name: status for name, status in answers.items() if status != 404} == {}


def test_s14_staff_have_no_citizens_pages(world: World) -> None:
    records = AccessRecord.objects.count()
    answers = {
        (one.name, method, who): getattr(client, method)(one.path).status_code
        for who in ("eli", "olga", "pat")
        for client in [world.signed_in(who)]
        for one in closed(world)
        for method in ("get", "post")
        if not one.in_console and one.name not in FOR_BOTH
    }
    assert len(answers) > 80
    assert {name: status for name, status in answers.items() if status != 404} == {}
    assert AccessRecord.objects.count() == records


def test_s14_somebody_elses_objects_are_as_if_they_were_not(world: World) -> None:
    nothing = {"registration_id": "00000000-0000-4000-8000-000000000000", "reference": "K7M-3QX9-A"}
    as_mei = world.signed_in("mei")
    records = AccessRecord.objects.filter(subject__in=world.accounts["wei"].subjects()).count()
    for known, unknown in zip(every_address(world.values), every_address(nothing), strict=True):
        if known.path == unknown.path or known.in_console or known.name in MACHINE_INTERFACES | CODE_IS_SHOWN_AGAIN:
            continue
        for method in ("get", "post"):
            hers, nobodys = getattr(as_mei, method)(known.path), getattr(as_mei, method)(unknown.path)
            assert hers.status_code == nobodys.status_code, known.name
            assert hers.status_code in {404, 405}, known.name
            assert TOKEN.sub(b"", hers.content) == TOKEN.sub(b"", nobodys.content)
    assert AccessRecord.objects.filter(subject__in=world.accounts["wei"].subjects()).count() == records


@pytest.mark.parametrize("who", ["", "wei", "eli", "olga", "pat"])
def test_no_address_breaks_for_anybody(world: World, who: str) -> None:
    client = world.signed_in(who)
    client.raise_request_exception = False
    answers = {
        (one.name, method): getattr(client, method)(one.path).status_code
        for one in every_address(world.values)
        for method in ("get", "post")
        if one.name != "identity:sign_out"
    }
    assert {name: status for name, status in answers.items() if status >= 500} == {}


def test_a_head_is_answered_like_a_get(world: World) -> None:
    client = world.signed_in("wei")
    differ = {
        one.name: (get.status_code, head.status_code, len(head.content))
        for one in every_address(world.values)
        for get, head in [(client.get(one.path), client.head(one.path))]
        if get.status_code != head.status_code or head.content
    }
    assert differ == {}


def with_the_password(world: World, who: str) -> Client:
    """Half-way in."""
    client = Client()
    client.force_login(world.accounts[who], backend="lookups.identity.backends.AccountBackend")
    session, now = client.session, int(timezone.now().timestamp())
    session.update({"signed_in_at": now, "active_at": now})
    session.save()
    return client
