"""The worker that reads delivered feeds is killed at ten random moments; each time another one ends it right.

Killed are, in turn: everything of the worker at once (a machine that is switched off), the process that imports, and
those that read lines for it.
"""

import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from lookups.carriers.models import Carrier
from lookups.demo.generator import write_feed
from lookups.registry import deliveries, spool
from lookups.registry.models import CameBy, Feed, FeedState, Registration, RegistrationChange
from tests.cast import make_carrier
from tests.doubles.sandbox import wait_until
from tests.whole.running import RunningPortal

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
LINES, ROUNDS = 20_000, 10


def deliver(carrier: Carrier, content: bytes, *, minutes_ago: int) -> Feed:
    as_of = timezone.now() - timedelta(minutes=minutes_ago)
    with spool.Incoming() as incoming:
        incoming.write(content)
        return deliveries.accept(incoming, deliveries.Delivery(carrier, "snapshot", as_of, CameBy.INTERFACE)).feed


def state_of(feed: Feed) -> str:
    return Feed.objects.values_list("state", flat=True).get(pk=feed.pk)


def children_of(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def kill(worker: subprocess.Popen[bytes], what: str) -> None:
    importers = children_of(worker.pid)
    readers = [pid for importer in importers for pid in children_of(importer)]
    with suppress(ProcessLookupError):
        if what == "everything":
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        else:
            for pid in importers if what == "the importing process" else readers:
                os.kill(pid, signal.SIGKILL)


def is_reading() -> bool:
    """Whether some connection is in the middle of an import."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid())")
        return bool(cursor.fetchone()[0])


def test_ten_times(transactional_db: None, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    carrier = make_carrier("northern", "Northern Telecom")
    file = BytesIO()
    write_feed(file, lines=LINES, people=LINES // 3, seed=1)
    plain = file.getvalue()
    versions = [plain.replace(b",prepaid,", b",postpaid,"), plain.replace(b",postpaid,", b",prepaid,")]
    assert versions[0] != versions[1]
    killed = []
    with RunningPortal(tmp_path) as portal:
        settings.FEEDS_FOLDER = portal.feeds
        portal.start_worker()  # the clock, whose sweep finds what nobody reads
        worker = portal.start_importer()
        first = deliver(carrier, versions[0], minutes_ago=ROUNDS + 1)
        wait_until(is_reading, seconds=30)
        began = time.monotonic()
        wait_until(lambda: state_of(first) == FeedState.APPLIED, seconds=30)
        takes = time.monotonic() - began

        for number in range(ROUNDS):
            what = ("everything", "the importing process", "those that read lines")[number % 3]
            feed = deliver(carrier, versions[(number + 1) % 2], minutes_ago=ROUNDS - number)
            wait_until(lambda: is_reading() or state_of(feed) == FeedState.APPLIED, seconds=30)  # noqa: B023
            time.sleep(random.random() * takes)
            killed.append((what, state_of(feed)))
            kill(worker, what)
            if worker.poll() is not None:
                worker = portal.start_importer()
            wait_until(lambda: state_of(feed) == FeedState.APPLIED, seconds=60)  # noqa: B023

            feed.refresh_from_db()
            assert (feed.lines, feed.rejected, feed.started, feed.ended) == (LINES, 0, 0, 0)
            assert feed.changed + feed.unchanged == LINES
            plans = set(Registration.objects.exclude(plan="").values_list("plan", flat=True))
            assert plans == {("prepaid", "postpaid")[number % 2]}
            assert Registration.objects.count() == LINES
            assert RegistrationChange.objects.filter(feed=feed).count() == feed.changed > 0
        # Killed between the commit and the end of its file: then the file goes with the next tidying.
        monkeypatch.setattr(spool, "STALE_SECONDS", 0.0)
        deliveries.tidy()
        assert not [path for path in spool.folder().iterdir() if path.suffix != ".lock"]
    assert set(Feed.objects.values_list("state", flat=True)) == {FeedState.APPLIED}
    in_the_middle = [what for what, state in killed if state == FeedState.READING]
    # The moments are random: how many fall into an import, and of those how many before its commit, is chance.
    assert in_the_middle, killed
    assert Feed.objects.filter(attempts__gt=1).exists(), killed
