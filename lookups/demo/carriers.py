"""The carriers of the sample world, and how each is reached.

Two are reached over TMF621 at sandbox carriers on this machine, which read what they share with us from
``var/sandbox/CODE.json`` (mode 0600); one works in our console; one has delivered nothing yet. A reseller is answered
for by its host.
"""

import dataclasses
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from lookups.carriers import signatures
from lookups.carriers.models import Carrier, Channel

_FIRST_SANDBOX_PORT = 101  # above PORT
_API = "tmf-api/troubleTicket/v5"


@dataclasses.dataclass(frozen=True)
class Sample:
    """One carrier. ``share`` is its part of the crowd's lines (none: nothing delivered), ``hours`` its feed's age."""

    code: str
    name: str
    channel: str = ""
    host: str = ""
    share: float = 0.0
    hours: int = 0


SAMPLES = (
    Sample("northern", "Northern Telecom", "tmforum", share=0.40, hours=2),
    Sample("western", "Western Mobile", "tmforum", share=0.35, hours=26),
    Sample("eastern", "Eastern Link", "console", share=0.20, hours=75),
    Sample("southern", "Southern Cell", "demo"),
    Sample("lotus", "Lotus Mobile", host="northern", share=0.05, hours=220),
)
_SANDBOXES = [sample.code for sample in SAMPLES if sample.channel == "tmforum"]


@transaction.atomic
def make() -> dict[str, Carrier]:
    """All carriers with their channels, by code; those that are there already stay as they are."""
    made: dict[str, Carrier] = {}
    for sample in SAMPLES:
        host = made[sample.host] if sample.host else None
        carrier, _ = Carrier.objects.get_or_create(code=sample.code, defaults={"name": sample.name, "host": host})
        made[sample.code] = carrier
        if sample.channel and not Channel.objects.filter(carrier=carrier).exists():
            channel = Channel(carrier=carrier, kind=sample.channel)
            if sample.code in _SANDBOXES:
                shared = _read(sample.code)
                channel.token = shared.get("token") or secrets.token_urlsafe(32)
                channel.webhook_secret = shared.get("webhook_secret") or signatures.new_secret()
            channel.save(force_insert=True)
    return made


def point_channels_at(port: int) -> None:
    """Make channels and sandbox carriers find one another where the portal runs on ``port``."""
    for number, channel in _channels():
        code = channel.carrier.code
        channel.settings = channel.settings | {
            "base_url": f"http://127.0.0.1:{port + _FIRST_SANDBOX_PORT + number}/{_API}",
            "allowed_hosts": ["127.0.0.1"],
            "callback_url": f"http://127.0.0.1:{port}/{_API}/carriers/{code}",
        }
        channel.save(update_fields=["settings"])
        shared = {
            "token": channel.token,
            "webhook_secret": channel.webhook_secret,
            "callback_url": channel.settings["callback_url"],
        }
        if _read(code) != shared:
            _write(code, shared)


def _channels() -> Iterator[tuple[int, Channel]]:
    """The channels to sandbox carriers, with their number."""
    channels = {
        channel.carrier.code: channel
        for channel in Channel.objects.filter(kind="tmforum", carrier__code__in=_SANDBOXES).select_related("carrier")
    }
    for number, code in enumerate(_SANDBOXES):
        if code in channels:
            yield number, channels[code]


def _file(code: str) -> Path:
    return Path(settings.VAR) / "sandbox" / f"{code}.json"


def _read(code: str) -> dict[str, Any]:
    try:
        content = json.loads(_file(code).read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(code: str, content: dict[str, Any]) -> None:
    """In one step: a sandbox carrier may be waiting for the file."""
    file = _file(code)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(content, stream, indent=1)
    part.replace(file)
