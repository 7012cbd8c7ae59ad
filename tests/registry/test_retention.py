"""What is over goes after its time, with all that hangs on it, and nothing else goes."""

import datetime
import os
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from lookups.audit.models import AccessRecord
from lookups.carriers.models import Carrier
from lookups.disputes import handovers, services
from lookups.disputes import tasks as clocks
from lookups.disputes.models import Dispute
from lookups.disputes.states import OVER, State
from lookups.identity.models import Account
from lookups.jurisdictions import rules
from lookups.registry import retention
from lookups.registry import services as registry
from lookups.registry.models import Confirmation, Feed, Registration, RegistrationChange
from tests.cast import make_registration, sign_in
from tests.overview.pages import words
from tests.registry.conftest import mei as meis
from tests.registry.conftest import row, take_in

pytestmark = pytest.mark.django_db

NOTHING = Dispute.objects.none().values_list("registration_id", flat=True)


def ended(days_ago: int) -> dict[str, object]:
    return {"status": "ended", "ended_on": timezone.localdate() - datetime.timedelta(days=days_ago)}


def line(account: Account, carrier: Carrier, digit: int, **columns: object) -> Registration:
    return make_registration(account, carrier, f"+861381234447{digit}", **columns)


@pytest.fixture
def lines(wei: Account, northern: Carrier) -> list[Registration]:
    """One past its time, one on its last day, one that runs."""
    kept = rules.current().retention.ended_days
    return [
        line(wei, northern, 1, **ended(kept + 2)),
        line(wei, northern, 2, **ended(kept - 1)),
        line(wei, northern, 3),
    ]


def left() -> set[object]:
    return set(Registration.objects.values_list("pk", flat=True))


def test_only_what_ended_long_ago_goes(lines: list[Registration]) -> None:
    assert retention.forget(NOTHING).registrations == 1
    assert left() == {lines[1].pk, lines[2].pk}
    assert retention.forget(NOTHING).registrations == 0


def test_its_changes_and_its_confirmation_go_with_it(lines: list[Registration], wei: Account) -> None:
    for each in lines:
        RegistrationChange.objects.create(
            registration_id=each.pk, subject=each.subject, feed_id=each.feed_id, kind="changed"
        )
        registry.confirm(each, account=wei.pk, subjects=wei.subjects())
    records = AccessRecord.objects.count()
    retention.forget(NOTHING)
    for rows in (RegistrationChange, Confirmation):
        assert set(rows.objects.values_list("registration_id", flat=True)) == {lines[1].pk, lines[2].pk}
    assert AccessRecord.objects.count() == records, "who looked stays readable"


@pytest.mark.parametrize("state", [state for state in State if state not in OVER])
def test_what_an_open_dispute_is_about_stays(lines: list[Registration], wei: Account, state: State) -> None:
    services.file(lines[0], account=wei, reason="never_mine", statement="")
    Dispute.objects.update(state=state)
    clocks.forget_ended_registrations()
    assert lines[0].pk in left()


@pytest.mark.parametrize("state", sorted(OVER))
def test_what_a_dispute_that_is_over_was_about_goes(lines: list[Registration], wei: Account, state: State) -> None:
    services.file(lines[0], account=wei, reason="never_mine", statement="")
    Dispute.objects.update(state=state)
    clocks.forget_ended_registrations()
    assert lines[0].pk not in left()


def test_a_dispute_needs_its_registration_no_more(lines: list[Registration], wei: Account, olga: Account) -> None:
    """Number, facts and words are the dispute's own: its pages and its ticket stay as they were."""
    dispute = services.file(lines[0], account=wei, reason="never_mine", statement="I was abroad.")
    browser, officer = sign_in(Client(), wei), sign_in(Client(), olga)
    Dispute.objects.update(state=State.ESCALATED)
    pages = [
        lambda: words(browser.get(dispute.get_absolute_url())),
        lambda: words(browser.get("/disputes/")),
        lambda: words(officer.get(f"/console/disputes/dispute/{dispute.pk}/change/")),
    ]
    before = [page() for page in pages]
    Registration.objects.all().delete()
    assert [page() for page in pages] == before
    assert "+86 138 1234 4471" in before[2]
    message = dispute.handovers.get().messages.get()
    assert message.payload["phone_number"] == "+8613812344471"
    handovers.open_at(Dispute.objects.get(), dispute.carrier, wait=datetime.timedelta(0))
    ticket, again = message.payload, dispute.handovers.latest("hop").messages.get().payload
    due = [datetime.datetime.fromisoformat(payload.pop("answer_by")) for payload in (ticket, again)]
    assert due[0] == due[1]
    assert again == ticket


def test_it_goes_in_batches_and_passes_by_what_stays(
    wei: Account, northern: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    old = [line(wei, northern, digit, **ended(1000)) for digit in range(7)]
    disputed = services.file(old[0], account=wei, reason="never_mine", statement="")
    services.file(old[1], account=wei, reason="never_mine", statement="")
    assert retention.forget(services.registrations_needed()).registrations == 5
    assert left() == {old[0].pk, old[1].pk}
    assert disputed.registration_id in left()


def test_an_hour_of_work_is_spread_over_ticks(lines: list[Registration]) -> None:
    assert retention.forget(NOTHING, seconds=0).registrations == 0
    assert len(left()) == 3


def test_the_command_says_how_many_and_by_which_rule(
    lines: list[Registration], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("forget_ended_registrations", "--dry-run")
    said = capsys.readouterr().out
    assert "registrations go 730 days after their end (portal default: no law that we know names a time)" in said
    assert "1 registrations, 0 feeds and 0 lists would be deleted." in said
    assert len(left()) == 3
    call_command("forget_ended_registrations")
    assert "1 registrations, 0 feeds and 0 lists deleted." in capsys.readouterr().out
    assert len(left()) == 2


def test_the_numbers_page_says_how_long_an_ended_line_stays(as_wei: Client, northern: Carrier) -> None:
    said = words(as_wei.get("/numbers/"))
    assert "A line that has ended stands here for 2 years after its end; then we delete it." in said
    assert "this is the portal’s own" in said


def feed(carrier: Carrier, *, days: int, state: str = "applied") -> Feed:
    then = timezone.now() - datetime.timedelta(days=days)
    digest = os.urandom(32)
    return Feed.objects.create(carrier=carrier, kind="delta", as_of=then, received_at=then, digest=digest, state=state)


def test_feeds_that_nothing_rests_on_go(northern: Carrier, western: Carrier) -> None:
    first, middle, failed = feed(northern, days=900), feed(northern, days=850), feed(northern, days=800, state="failed")
    changed, young, latest = feed(northern, days=820), feed(northern, days=5), feed(northern, days=1)
    only = feed(western, days=900)
    line_of_it = Registration(pk=changed.pk)
    RegistrationChange.objects.create(
        registration_id=line_of_it.pk, subject=line_of_it.pk, feed=changed, kind="changed"
    )
    assert retention.due(NOTHING).feeds == 2
    assert retention.forget(NOTHING).feeds == 2
    gone = {middle.pk, failed.pk}
    stay = {first.pk, changed.pk, young.pk, latest.pk, only.pk}
    assert set(Feed.objects.values_list("pk", flat=True)) == stay
    assert not gone & stay


def test_a_feed_after_a_clean_up_is_no_first_feed(northern: Carrier, wei: Account) -> None:
    """Otherwise its carrier's records would be taken for new ones."""
    take_in(northern, [row(), meis()])
    Feed.objects.update(received_at=timezone.now() - datetime.timedelta(days=2000))
    retention.forget(NOTHING)
    imported = take_in(northern, [row(plan="postpaid")], "delta")
    assert (imported.feed.started, imported.feed.changed) == (0, 1)


def test_old_lists_of_rejected_lines_go(var: Path, northern: Carrier) -> None:
    old, new = (take_in(northern, [row(), meis(id_number="1")], as_of=timezone.now()).rejects_path for _ in range(2))
    assert old is not None
    assert new is not None
    elsewhere = var / "elsewhere.csv"
    elsewhere.write_text("line,column,reason\n")
    for path in (old, elsewhere):
        os.utime(path, (time.time() - 91 * 86400,) * 2)
    assert retention.due(NOTHING).reject_lists == 1
    assert retention.forget(NOTHING).reject_lists == 1
    assert (old.exists(), new.exists(), elsewhere.exists()) == (False, True, True)
