"""An import that is killed leaves everything as it was; the next one is right, and no process stays behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from lookups.carriers.models import Carrier
from lookups.demo.generator import write_feed
from lookups.registry import services
from lookups.registry.models import Feed, FeedState, Registration
from tests.registry.conftest import state, take_in

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
LINES = 12_000


@pytest.fixture
def files(northern: Carrier, tmp_path: Path) -> tuple[Path, Path]:
    """A snapshot that Northern has delivered, and the next one, with other lines."""
    paths = tmp_path / "first.csv", tmp_path / "second.csv"
    for seed, path in enumerate(paths, 1):
        with path.open("wb") as file:
            write_feed(file, lines=LINES, people=4_000, seed=seed)
    take_in(northern, paths[0].read_bytes())
    return paths


def _start(file: Path) -> subprocess.Popen[bytes]:
    here = connection.settings_dict
    url = f"postgres://{here['USER']}:{here['PASSWORD']}@{here['HOST']}:{here['PORT']}/{here['NAME']}"
    if str(here["HOST"]).startswith("/"):
        url = f"postgres://{here['USER']}@/{here['NAME']}?host={here['HOST']}&port={here['PORT'] or 5432}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_registrations", "northern", str(file), "--snapshot", "--force"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url, "PORTAL_KEYRING": str(settings.PORTAL_KEYRING)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)


def _doing() -> str:
    """What other connections to this database are at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(string_agg(query, ' '), '') FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize(
    "moment", ["COPY registry_staging", "CREATE TEMPORARY TABLE registry_difference", "registry_registration r"]
)
def test_killed_at_some_moment_and_started_again(northern: Carrier, files: tuple[Path, Path], moment: str) -> None:
    before = state()
    process = _start(files[1])
    _wait_for(lambda: moment in _doing() or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if process.returncode == 0:  # so fast that it was over: then it has to be right
        assert Registration.objects.count() == 2 * LINES
        return
    _wait_for(lambda: not _doing())
    _wait_for(lambda: not _group_lives(process.pid))
    assert state() == before
    assert services.latest_feeds()[northern.pk].started == LINES

    imported = take_in(northern, files[1].read_bytes(), force=True)
    assert (imported.feed.started, imported.feed.ended) == (
        LINES,
        Registration.objects.filter(feed=imported.feed).exclude(sealed_by=imported.feed.pk).count(),
    )
    assert Registration.objects.count() == 2 * LINES
    assert list(Feed.objects.exclude(state=FeedState.APPLIED).values_list("state", "problem")) == [
        (FeedState.FAILED, "The import was interrupted.")
    ]


def _group_lives(group: int) -> bool:
    """Whether a process of the killed import is still there: its workers end by themselves."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
