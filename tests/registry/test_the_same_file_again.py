"""A file that was applied before is recognised by its digest."""

import datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.registry import services
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
