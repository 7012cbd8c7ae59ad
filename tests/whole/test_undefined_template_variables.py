"""A template that names what its view does not give breaks here, and not as an empty place on somebody's page."""

import pytest
from django.template import engines
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from lookups.disputes.models import Dispute
from lookups.notices import services as notices
from lookups.notices.models import Notice
from tests.cast import PASSWORD, WEIS_ID
from tests.disputes.filing_pages import fill_in, page_of
from tests.whole.addresses import every_address
from tests.whole.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)


class Undefined(str):
    """Django puts this where a variable is not defined, after asking whether to name the variable in it."""

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, variable: object) -> str:
        raise AssertionError(f"“{variable}” is not defined")


@pytest.fixture(autouse=True)
def _undefined_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", Undefined("%s"))


def pages(world: World) -> list[str]:
    """Every address but the console's, whose templates are Django's and rest on undefined variables."""
    return [one.path for one in every_address(world.values) if not one.in_console]


def test_an_undefined_variable_is_noticed() -> None:
    template = engines["django"].from_string("{% if nobody %}{% endif %}{{ nobody.at_home }}")
    with pytest.raises(AssertionError, match="nobody"):
        template.render({})


@pytest.mark.parametrize("who", ["", "wei", "olga"])
def test_every_page_for_everybody(world: World, who: str) -> None:
    client = world.signed_in(who)
    statuses = {path: client.get(path).status_code for path in pages(world)}
    assert 200 in statuses.values()


def test_every_page_about_every_dispute(world: World) -> None:
    client = world.signed_in("wei")
    moves = ("detail", "withdraw", "reply", "appeal")
    statuses = [
        client.get(reverse(f"disputes:{move}", args=[dispute.reference])).status_code
        for dispute in (world.waiting, world.at_carrier, world.question, world.answered)
        for move in moves
    ]
    assert set(statuses) == {200, 302}
    assert statuses.count(200) >= 4 + 3 + 2


def test_forms_that_are_sent_back(world: World) -> None:
    """With errors, with a search, and with a review after a draft."""
    client, number = world.signed_in("wei"), str(world.registration.pk)
    for page in ("sign_in", "sign_in_staff", "enrol", "enrol_staff"):
        assert Client().post(reverse(f"identity:{page}"), {"number": "x", "email": "x"}).status_code == 200
    assert client.post(reverse("overview:numbers"), {"digits": "4471"}).status_code == 200
    assert client.post(reverse("overview:numbers"), {"digits": "no"}).status_code == 200
    assert client.post(reverse("disputes:file", args=[number]), {}).status_code == 200
    fill_in(client, world.registration)
    for page in ("others", "family", "statement", "evidence"):
        assert client.get(page_of(world.registration, page)).status_code == 200
    assert client.post(page_of(world.registration, "evidence")).status_code == 200
    assert client.get(reverse("disputes:review", args=[number])).status_code == 200
    assert client.post(reverse("disputes:reply", args=[world.question.reference]), {}).status_code == 200
    assert client.post(reverse("disputes:appeal", args=[world.answered.reference]), {}).status_code == 200


def test_half_way_in(world: World) -> None:
    client = Client()
    fields = {"scheme": "CN-RIC", "number": WEIS_ID, "password": PASSWORD}
    assert client.post(reverse("identity:sign_in"), fields).status_code == 302
    assert client.get(reverse("identity:sign_in_code")).status_code == 200
    assert client.post(reverse("identity:sign_in_code"), {"token": ""}).status_code == 200


def test_pages_for_what_went_wrong(world: World, settings: Settings) -> None:
    assert world.signed_in("wei").get("/no/such/page/").status_code == 404
    assert Client(enforce_csrf_checks=True).post("/sign-in/").status_code == 403
    assert Client().get("/", headers={"host": "elsewhere.example"}).status_code == 400


def test_letters(world: World) -> None:
    assert Dispute.objects.exists()
    kinds = set(Notice.objects.values_list("kind", flat=True))
    assert kinds >= {"dispute_filed", "dispute_question", "dispute_answered"}
    for notice in Notice.objects.all():
        subject, body = notices.render(notice)
        assert subject
        assert body
