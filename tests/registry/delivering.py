"""What the tests of deliveries share: a carrier's system that PUTs, and the spool it leaves."""

import datetime
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from lookups.carriers import tokens
from lookups.carriers.models import Carrier
from lookups.registry import deliveries
from lookups.registry.models import Feed


@dataclass
class System:
    """The system of one carrier, with its token."""

    carrier: Carrier
    token: str = ""
    client: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        self.token = self.token or tokens.renew(self.carrier)

    def put(self, content: bytes, *, kind: str = "snapshot", as_of: str = "", **headers: str) -> HttpResponse:
        said = {"content-type": "text/csv", "authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        media_type = said.pop("content-type")
        path = f"/api/v1/feeds/{kind}/{as_of or moment()}"
        return self.client.put(path, content, content_type=media_type, headers=said)

    def delivered(self, content: bytes, **how: Any) -> Feed:
        """A feed that was received and waits."""
        answer = self.put(content, **how)
        assert answer.status_code == 202, answer.content
        return Feed.objects.get(pk=answer.json()["id"])

    def get(self, address: str) -> HttpResponse:
        return self.client.get(address, headers={"authorization": f"Bearer {self.token}"})


def moment(*, hours_ago: float = 1) -> str:
    return (timezone.now() - datetime.timedelta(hours=hours_ago)).isoformat()


def read(feed: Feed) -> Feed:
    """What the worker does."""
    deliveries.take_in(feed.pk)
    feed.refresh_from_db()
    return feed


def spooled() -> list[Path]:
    """The files that are kept for feeds, half or whole."""
    folder = Path(settings.FEEDS_FOLDER) / "deliveries"
    return sorted(path for path in folder.glob("*") if path.suffix != ".lock")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
