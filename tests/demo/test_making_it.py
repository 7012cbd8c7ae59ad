"""Making the world: only in demo mode, never beside real people, once, in any country; credentials stay private."""

import json
import stat
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from pytest_django import Settings

from lookups.carriers.models import Carrier, Channel
from lookups.demo import carriers, cast, world
from lookups.identity import services as identity
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.demo.conftest import SMALL

pytestmark = pytest.mark.django_db
WORDS = ("make_sample_world", "--registrations", "50", "--people", "20")


def real_person(settings: Settings) -> Account:
    settings.PORTAL_DEMO = False
    account = identity.create_citizen([cast.AN.documents(99)[0]], password="a b c d e f")
    settings.PORTAL_DEMO = True
    return account


def test_only_in_demo_mode(settings: Settings) -> None:
    settings.PORTAL_DEMO = False
    with pytest.raises(CommandError, match="PORTAL_DEMO=1"):
        call_command(*WORDS, "--if-empty")
    assert not Carrier.objects.exists()


def test_never_beside_real_people(settings: Settings) -> None:
    real_person(settings)
    with pytest.raises(CommandError, match="real people"):
        call_command(*WORDS, "--if-empty")
    assert not Carrier.objects.exists()


def test_the_system_check_finds_real_people(settings: Settings) -> None:
    assert run_checks(tags=["database"], databases=["default"]) == []
    real_person(settings)
    found = run_checks(tags=["database"], databases=["default"])
    assert [each.id for each in found] == ["demo.E001"]
    settings.PORTAL_DEMO = False
    assert run_checks(tags=["database"], databases=["default"]) == []


def test_a_world_is_made_once() -> None:
    call_command(*WORDS)
    held = Registration.objects.count()
    with pytest.raises(CommandError, match="already"):
        call_command(*WORDS)
    call_command(*WORDS, "--if-empty")
    assert Registration.objects.count() == held


def test_an_unfinished_world_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "_open_accounts", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command(*WORDS)
    monkeypatch.undo()
    call_command(*WORDS, "--if-empty")
    assert Account.objects.count() == 13


@pytest.mark.parametrize("jurisdiction", ["IN", "PE"])
def test_other_countries_have_a_world_too(settings: Settings, jurisdiction: str) -> None:
    settings.PORTAL_JURISDICTION = jurisdiction
    call_command(*WORDS)
    assert not Registration.objects.exclude(feed__rejected=0).exists()
    scheme, number = cast.WEI.documents(1)[0]
    account = identity.check_password(scheme, number=number, password=cast.PASSWORD, source="203.0.113.7")
    assert account is not None


def test_what_sandbox_carriers_share_is_private(var: Path, small_world: None) -> None:
    file = var / "sandbox" / "northern.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    channel = Channel.objects.get(carrier__code="northern")
    assert json.loads(file.read_text()) == {
        "token": channel.token,
        "webhook_secret": channel.webhook_secret,
        "callback_url": "http://127.0.0.1:8000/tmf-api/troubleTicket/v5/carriers/northern",
    }
    assert channel.settings["base_url"] == "http://127.0.0.1:8101/tmf-api/troubleTicket/v5"
    western = Channel.objects.get(carrier__code="western")
    assert western.settings["base_url"] == "http://127.0.0.1:8102/tmf-api/troubleTicket/v5"


def test_another_port_moves_both_ends(settings: Settings, var: Path, small_world: None) -> None:
    before = json.loads((var / "sandbox" / "western.json").read_text())
    settings.PORT = 9000
    call_command(*WORDS, "--if-empty")
    after = json.loads((var / "sandbox" / "western.json").read_text())
    assert after["callback_url"] == "http://127.0.0.1:9000/tmf-api/troubleTicket/v5/carriers/western"
    assert after["token"] == before["token"]
    channel = Channel.objects.get(carrier__code="western")
    assert channel.settings["base_url"] == "http://127.0.0.1:9102/tmf-api/troubleTicket/v5"


def test_a_second_database_takes_the_tokens_that_are_there(var: Path, small_world: None) -> None:
    before = json.loads((var / "sandbox" / "northern.json").read_text())
    Channel.objects.all().delete()
    carriers.make()
    carriers.point_channels_at(8000)
    assert json.loads((var / "sandbox" / "northern.json").read_text()) == before


def test_hua_only_where_asked_for() -> None:
    size = world.Size(SMALL.registrations, SMALL.people, with_hua=True)
    world.make(seed=1, size=size, tell=lambda _: None)
    subject = identity.schemes.subject_of(*cast.HUA.documents(1)[0])
    assert Registration.objects.filter(subject=subject).count() == 21_200
