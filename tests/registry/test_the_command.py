"""``manage.py import_registrations`` as a carrier's engineer uses it."""

import datetime
import io
import os
import pty
import stat
import subprocess
import sys
import types
from pathlib import Path

import pytest
from django.core.management import call_command

from lookups.carriers.models import Carrier
from lookups.registry.models import Feed, Registration
from tests.registry.conftest import csv_of, mei, row, zipped

pytestmark = pytest.mark.django_db


def test_it_tells_what_it_did(northern: Carrier, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, rejects = tmp_path / "feed.csv.gz", tmp_path / "bad.csv"
    file.write_bytes(zipped(csv_of(row(), mei(), mei(plan="gold"))))
    call_command("import_registrations", "northern", str(file), "--snapshot", "--rejects", str(rejects))
    told = capsys.readouterr()
    assert "Full snapshot of Northern Telecom applied" in told.out
    assert "3 lines; 2 started, 0 changed, 0 ended, 0 unchanged, 1 rejected." in told.out
    assert str(rejects) in told.out
    assert told.err == ""
    assert rejects.read_text() == "line,column,reason\n4,plan,unknown_value\n"
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600


def test_standard_input(northern: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(csv_of(row()))))
    call_command("import_registrations", "northern", "-", "--delta")
    assert Registration.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-20T08:00+08:00", datetime.datetime(2026, 11, 20, 0, 0, tzinfo=datetime.UTC)),
        ("2026-11-20T08:00", datetime.datetime(2026, 11, 20, 0, 0, tzinfo=datetime.UTC)),
        ("2026-11-20", datetime.datetime(2026, 11, 19, 16, 0, tzinfo=datetime.UTC)),
    ],
)
def test_a_moment_without_a_zone_is_local_time(northern: Carrier, tmp_path: Path, said: str, meant: object) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes(csv_of(row()))
    call_command("import_registrations", "northern", str(file), "--snapshot", "--as-of", said)
    assert Feed.objects.get().as_of == meant


def test_somebody_at_a_terminal_sees_a_bar() -> None:
    script = (
        "from lookups.registry.management.commands.import_registrations import _progress\n"
        "with _progress(2000) as show:\n    show(1000)\n    show(2000)\n"
    )
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "DJANGO_SETTINGS_MODULE": "portal.settings", "COLUMNS": "100"}
    code = f"import django; django.setup()\n{script}"
    subprocess.run([sys.executable, "-c", code], stderr=theirs, env=environment, check=True, timeout=60)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "Reading" in shown
    assert "Merging" in shown
