"""A file that was applied before is recognised by its digest."""

import datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.registry import importing, services
from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.models import Feed
from tests.registry.conftest import csv_of, mei, row, state, take_in, zipped

pytestmark = pytest.mark.django_db
MONDAY = [row(), mei()]
TUESDAY = [row(plan="postpaid"), mei()]


def test_at_once_again_changes_nothing(northern: Carrier) -> None:
    first = take_in(northern, MONDAY)
    again = take_in(northern, MONDAY)
    assert again.again
    assert again.feed == first.feed
    assert Feed.objects.count() == 1


def test_the_command_says_so_and_succeeds(
    northern: Carrier, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "feed.csv.gz"
    file.write_bytes(zipped(csv_of(*MONDAY)))
    call_command("import_registrations", "northern", str(file), "--snapshot")
    before = state()
    call_command("import_registrations", "northern", str(file), "--snapshot")
    assert "This file was applied already" in capsys.readouterr().out
    assert state() == before


def test_a_later_moment_counts_as_a_new_delivery(northern: Carrier) -> None:
    take_in(northern, MONDAY, as_of=timezone.now() - datetime.timedelta(days=1))
    today = timezone.now()
    assert not take_in(northern, MONDAY, as_of=today).again
    assert services.latest_feeds()[northern.pk].as_of == today
    assert take_in(northern, MONDAY, as_of=today).again


def test_the_latest_snapshot_again_is_applied_without_reading_a_line(
    northern: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = timezone.now() - datetime.timedelta(days=1)
    first = take_in(northern, MONDAY, as_of=yesterday).feed
    before = state()
    monkeypatch.setattr(importing, "_fill", None)
    again = take_in(northern, MONDAY, as_of=timezone.now()).feed
    assert again.pk != first.pk
    assert (again.state, again.lines, again.unchanged, again.rejected) == ("applied", 2, 2, 0)
    assert (again.started, again.changed, again.ended) == (0, 0, 0)
    assert bytes(again.digest) == bytes(first.digest)
    assert services.latest_feeds()[northern.pk] == again
    assert state() == before


def test_after_a_delta_the_same_snapshot_is_read_again(northern: Carrier) -> None:
    now = timezone.now()
    take_in(northern, MONDAY, as_of=now - datetime.timedelta(days=2))
    take_in(northern, [mei(status="suspended")], "delta", as_of=now - datetime.timedelta(days=1))
    again = take_in(northern, MONDAY, as_of=now).feed
    assert (again.changed, again.unchanged) == (1, 1)


def test_a_line_that_was_rejected_is_judged_anew(northern: Carrier) -> None:
    today = timezone.localdate()
    content = [mei(), row(activated_on=today.isoformat())]
    first = take_in(northern, content, as_of=timezone.now() - datetime.timedelta(days=3)).feed
    assert (first.started, first.rejected) == (1, 1)
    again = take_in(northern, content, as_of=timezone.now()).feed
    assert (again.started, again.unchanged, again.rejected) == (1, 1, 0)


def test_an_old_file_without_its_moment_does_not_overwrite(northern: Carrier) -> None:
    take_in(northern, MONDAY)
    take_in(northern, TUESDAY)
    before = state()
    with pytest.raises(FeedRefused, match="This file was applied before"):
        take_in(northern, MONDAY)
    assert state() == before


def test_a_snapshot_and_a_delta_with_the_same_lines_are_two_feeds(northern: Carrier) -> None:
    take_in(northern, MONDAY)
    assert not take_in(northern, MONDAY, "delta").again
