"""What the registry's tests share: rows of a feed, and importing them without a file."""

import gzip
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from lookups.carriers.models import Carrier
from lookups.registry import importing
from lookups.registry.feeds.header import COLUMNS
from lookups.registry.models import FeedKind, Registration, RegistrationChange
from tests.cast import MEIS_ID, WEIS_ID, WEIS_NUMBER

MEIS_NUMBER = "+8613987650821"
if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Import = Callable[..., importing.Imported]


@pytest.fixture(autouse=True)
def var(settings: Settings, tmp_path: Path) -> Path:
    """Lists of rejected lines, and delivered files, belong to the test."""
    settings.FEEDS_FOLDER = tmp_path
    return tmp_path


def row(**columns: str) -> dict[str, str]:
    """A good line about Wei; ``columns`` change it."""
    return {
        "id_scheme": "CN-RIC",
        "id_number": WEIS_ID,
        "phone_number": WEIS_NUMBER,
        "service": "mobile",
        "plan": "prepaid",
        "status": "active",
        "activated_on": "2026-11-01",
        "channel": "outlet",
        "outlet_district": "Liuzhou",
        "identity_check": "document",
        "identity_checked_on": "2026-11-01",
    } | columns


def mei(**columns: str) -> dict[str, str]:
    return row(**{"id_number": MEIS_ID, "phone_number": MEIS_NUMBER} | columns)


def csv_of(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    lines = [",".join(columns), *(",".join(each.get(column, "") for column in columns) for each in rows)]
    return "".join(f"{line}\n" for line in lines).encode()


def take_in(
    carrier: Carrier, content: bytes | list[dict[str, str]], kind: str = "snapshot", **how: Any
) -> importing.Imported:
    """Import rows or bytes."""
    content = content if isinstance(content, bytes) else csv_of(*content)
    return importing.import_feed(carrier, file=io.BytesIO(content), kind=FeedKind(kind), **how)


def zipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def packed(content: bytes) -> bytes:
    return zstd.compress(content)


def state() -> list[tuple[Any, ...]]:
    """Everything that an import may change, to compare."""
    columns = [field.attname for field in Registration._meta.fields if field.name != "number"]
    return [
        *Registration.objects.order_by("id").values_list(*columns),
        *RegistrationChange.objects.values_list("id", "kind"),
    ]
