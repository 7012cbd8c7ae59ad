"""``set_channel``: how a carrier is reached, with secrets that are sealed and never echoed."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from lookups.carriers import signatures
from lookups.carriers.models import Carrier, Channel
from tests.doubles.sandbox import SandboxCarrier

pytestmark = pytest.mark.django_db
URL = "https://tickets.north.example/tmf-api/troubleTicket/v5"
TOKEN = "the-token-of-north"


@pytest.fixture(autouse=True)
def north(db: None) -> Carrier:
    return Carrier.objects.create(code="north", name="North Telecom")


@pytest.fixture
def token(tmp_path: Path) -> str:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    return str(file)


def set_channel(*words: str) -> str:
    out = io.StringIO()
    call_command("set_channel", "north", *words, stdout=out)
    return out.getvalue()


def secret_in(said: str) -> str:
    return said[said.index("whsec_") :].split()[0]


def test_a_channel_is_made_and_its_token_sealed(token: str) -> None:
    said = set_channel("--kind=tmforum", f"--setting=base_url={URL}", "--setting=timeout=7.5", f"--token-file={token}")
    channel = Channel.objects.get(carrier__code="north")
    assert channel.settings == {"base_url": URL, "timeout": 7.5, "allowed_hosts": ["tickets.north.example"]}
    assert channel.token == TOKEN
    assert TOKEN not in said


def test_the_token_may_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(TOKEN))
    set_channel("--kind=tmforum", f"--setting=base_url={URL}", "--token", "-")
    assert Channel.objects.get().token == TOKEN


def test_what_is_not_named_stays(token: str) -> None:
    set_channel("--kind=tmforum", f"--setting=base_url={URL}", "--setting=timeout=7", f"--token-file={token}")
    set_channel("--setting=timeout=", "--setting=deadline=30")
    channel = Channel.objects.get()
    assert channel.settings == {"base_url": URL, "deadline": 30.0, "allowed_hosts": ["tickets.north.example"]}
    assert channel.token == TOKEN


def test_a_new_webhook_secret_is_shown_once() -> None:
    said = set_channel("--kind=tmforum", f"--setting=base_url={URL}", "--new-webhook-secret")
    assert Channel.objects.get().webhook_secrets() == [secret_in(said)]
    assert "whsec_" not in set_channel("--setting=timeout=7")


def test_a_rotation_keeps_the_old_secret_in_force(tmp_path: Path) -> None:
    first = secret_in(set_channel("--kind=tmforum", f"--setting=base_url={URL}", "--new-webhook-secret"))
    second = secret_in(set_channel("--rotate-webhook-secret"))
    assert Channel.objects.get().webhook_secrets() == [second, first]
    theirs = tmp_path / "secret"
    theirs.write_text(signatures.new_secret())
    said = set_channel("--rotate-webhook-secret", f"--webhook-secret-file={theirs}")
    assert Channel.objects.get().webhook_secrets() == [theirs.read_text(), second]
    assert "whsec_" not in said


def test_a_secret_that_is_replaced_without_rotation_ends_at_once() -> None:
    set_channel("--kind=tmforum", f"--setting=base_url={URL}", "--new-webhook-secret")
    said = set_channel("--new-webhook-secret")
    assert Channel.objects.get().webhook_secrets() == [secret_in(said)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--kind=pigeon",), "no kind of channel “pigeon”; there are: tmforum, console, demo"),
        ((f"--setting=base_url={URL}",), "no kind of channel “”"),
        (("--kind=tmforum",), "“base_url” is missing"),
        (("--kind=tmforum", "--setting=base_url=http://tickets.north.example"), "https://"),
        (
            ("--kind=tmforum", f"--setting=base_url={URL}", "--setting=color=red"),
            "no setting “color”; there are: base_",
        ),
        (("--kind=tmforum", f"--setting=base_url={URL}", "--setting=timeout=soon"), "“timeout” does not have such"),
        (("--kind=tmforum", f"--setting=base_url={URL}", "--setting=deadline=41"), "40 seconds at most"),
        (("--kind=tmforum", f"--setting=base_url={URL}", "--setting=timeout"), "NAME=VALUE"),
        (("--kind=tmforum", f"--setting=base_url={URL}", "--rotate-webhook-secret"), "no webhook secret to rotate"),
        (("--kind=console", "--token-file=/nowhere/at/all"), "cannot be read"),
        (("--check",), "no channel yet"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_written(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        set_channel(*words)
    assert not Channel.objects.exists()


def test_an_unknown_carrier_is_refused() -> None:
    with pytest.raises(CommandError, match="There is no carrier “nowhere”; there are: north"):
        call_command("set_channel", "nowhere", "--kind=console")


def test_a_reseller_has_no_channel(north: Carrier) -> None:
    Carrier.objects.create(code="lotus", name="Lotus Mobile", host=north)
    with pytest.raises(CommandError, match="North Telecom answers its disputes"):
        call_command("set_channel", "lotus", "--kind=console")
    assert not Channel.objects.exists()


def test_check_asks_the_carrier(carrier: SandboxCarrier, settings: Settings, tmp_path: Path) -> None:
    settings.INSECURE_LOOPBACK = True
    file = tmp_path / "token"
    file.write_text(carrier.token)
    words = ("--kind=tmforum", f"--setting=base_url={carrier.base_url}", f"--token-file={file}", "--check")
    assert set_channel(*words).splitlines()[1:] == ["pass  Settings", "pass  Connection and credentials"]
    file.write_text("a wrong token")
    out = io.StringIO()
    with pytest.raises(CommandError, match="does not work"):
        call_command("set_channel", "north", f"--token-file={file}", "--check", stdout=out)
    assert "FAIL  Connection and credentials" in out.getvalue()
    assert "a wrong token" not in out.getvalue()
