"""A snapshot that ends or rejects unusually much is more likely a mistake: refused, unless it is forced."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from lookups.carriers.models import Carrier
from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.models import Feed, FeedState, Registration
from tests.registry.conftest import csv_of, row, state, take_in

pytestmark = pytest.mark.django_db


def rows(count: int, *, bad: int = 0, **columns: str) -> list[dict[str, str]]:
    """``count`` different lines; the last ``bad`` of them cannot be taken."""
    good = [row(phone_number=f"+861381234{number:04d}", **columns) for number in range(count)]
    return good[: count - bad] + [each | {"service": "fax"} for each in good[count - bad :]]


def refused(carrier: Carrier, content: list[dict[str, str]], sentence: str) -> Feed:
    """Asserts that the snapshot is refused with this sentence and changes nothing; returns its row."""
    before = state()
    with pytest.raises(FeedRefused) as problem:
        take_in(carrier, content)
    assert str(problem.value) == sentence
    assert state() == before
    failed = Feed.objects.get(state=FeedState.FAILED)
    assert (failed.problem, failed.started, failed.changed, failed.ended) == (sentence, 0, 0, 0)
    assert failed.applied_at is None
    return failed


ENDS = "The snapshot would end 21 of 100 records, at most 20 % may."
REJECTS = "11 of the snapshot's 100 lines are bad, at most 10 % may be."


def test_it_would_end_too_many(northern: Carrier) -> None:
    take_in(northern, rows(100))
    refused(northern, rows(79, plan="postpaid"), ENDS)
    assert take_in(northern, rows(79, plan="postpaid"), force=True).feed.ended == 21


def test_lines_that_say_ended_count_too(northern: Carrier) -> None:
    take_in(northern, rows(100))
    refused(northern, rows(21, status="ended", ended_on="2026-11-10") + rows(100)[21:], ENDS)


def test_what_ended_before_does_not_count_as_running(northern: Carrier) -> None:
    take_in(northern, [*rows(100), row(phone_number="+8613912340000", status="ended", ended_on="2026-11-10")])
    refused(northern, rows(79), ENDS)


def test_the_other_carriers_records_do_not_count(northern: Carrier, western: Carrier) -> None:
    take_in(northern, rows(100))
    take_in(western, rows(49))
    assert take_in(western, rows(1)).feed.ended == 48


@pytest.mark.parametrize(("held", "listed"), [(100, 80), (50, 40), (49, 1)])
def test_a_usual_share_or_few_records_may_end(northern: Carrier, held: int, listed: int) -> None:
    take_in(northern, rows(held))
    assert take_in(northern, rows(listed)).feed.ended == held - listed


def test_a_delta_may_end_as_many_as_it_names(northern: Carrier) -> None:
    take_in(northern, rows(100))
    assert take_in(northern, rows(60, status="ended", ended_on="2026-11-10"), "delta").feed.ended == 60


def test_too_many_lines_are_bad(northern: Carrier, var: Path) -> None:
    take_in(northern, rows(100))
    failed = refused(northern, rows(100, bad=11, plan="postpaid"), REJECTS)
    assert (failed.lines, failed.rejected) == (100, 11)
    kept = var / "rejects" / failed.rejects_file
    assert kept.read_text().count("service,unknown_value\n") == 11
    assert take_in(northern, rows(100, bad=11, plan="postpaid"), force=True).feed.changed == 89


def test_a_first_snapshot_with_too_many_bad_lines_leaves_no_record(northern: Carrier) -> None:
    refused(northern, rows(100, bad=11), REJECTS)
    assert not Registration.objects.exists()


def test_lines_that_repeat_others_are_bad_lines(northern: Carrier) -> None:
    failed = refused(northern, rows(89) + rows(11), REJECTS)
    assert failed.rejected == 11


@pytest.mark.parametrize(("lines", "bad"), [(100, 10), (50, 5), (49, 40)])
def test_a_usual_share_or_few_lines_may_be_bad(northern: Carrier, lines: int, bad: int) -> None:
    assert take_in(northern, rows(lines, bad=bad)).feed.rejected == bad


def test_a_delta_may_have_bad_lines(northern: Carrier) -> None:
    assert take_in(northern, rows(100, bad=60), "delta").feed.started == 40


def test_a_snapshot_without_a_line_ends_everything_only_by_force(northern: Carrier) -> None:
    take_in(northern, rows(3))
    refused(northern, [], "The file has no line: as a full snapshot it would end every record of the carrier.")
    assert take_in(northern, [], force=True).feed.ended == 3


def test_the_shares_can_be_set(northern: Carrier, settings: Settings) -> None:
    settings.SNAPSHOT_MAX_REJECTED_SHARE, settings.SNAPSHOT_MAX_ENDED_SHARE = 0.5, 0.9
    take_in(northern, rows(100))
    assert take_in(northern, rows(60, bad=30)).feed.ended == 40
    settings.SNAPSHOT_MAX_ENDED_SHARE = 0.05
    refused(northern, rows(50), "The snapshot would end 10 of 60 records, at most 5 % may.")


def test_the_command_and_its_force(northern: Carrier, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    take_in(northern, rows(100))
    before = state()
    file = tmp_path / "feed.csv"
    file.write_bytes(csv_of(*rows(79)))
    with pytest.raises(CommandError) as problem:
        call_command("import_registrations", "northern", str(file), "--snapshot")
    assert str(problem.value) == f"{ENDS} If meant, add --force. Nothing was changed."
    assert state() == before
    call_command("import_registrations", "northern", str(file), "--snapshot", "--force")
    assert "21 ended, 79 unchanged" in capsys.readouterr().out
