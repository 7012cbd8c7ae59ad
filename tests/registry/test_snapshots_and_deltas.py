"""What a second feed does: a snapshot ends what it no longer lists, a delta touches only what it names."""

import datetime

import pytest
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.jurisdictions import rules, working_days
from lookups.registry.models import ChangeKind, Registration, RegistrationChange, Status
from tests.cast import WEIS_NUMBER
from tests.registry.conftest import mei, row, take_in

pytestmark = pytest.mark.django_db


def weis() -> Registration:
    return Registration.objects.get(subject=Registration.objects.get(outlet_district="Liuzhou").subject)


@pytest.fixture
def delivered(northern: Carrier) -> Carrier:
    """Wei's line in Liuzhou, Mei's in Beijing."""
    take_in(northern, [row(), mei(outlet_district="Beijing")])
    return northern


def changes() -> list[tuple[str, dict[str, str | None]]]:
    return list(RegistrationChange.objects.order_by("kind").values_list("kind", "before"))


def test_a_snapshot_ends_what_it_no_longer_lists(delivered: Carrier) -> None:
    imported = take_in(delivered, [mei(outlet_district="Beijing")])
    gone = weis()
    today = working_days.local_day(imported.feed.as_of, rules.current())
    assert (gone.status, gone.ended_on, gone.is_ended) == (Status.ENDED, today, True)
    assert gone.number == WEIS_NUMBER
    assert changes() == [(ChangeKind.MISSING, {"status": "active", "ended_on": None})]
    assert (imported.feed.ended, imported.feed.unchanged) == (1, 1)


def test_what_is_missing_is_told_once(delivered: Carrier) -> None:
    take_in(delivered, [mei(outlet_district="Beijing")])
    take_in(delivered, [mei(outlet_district="Beijing")], as_of=timezone.now())
    assert len(changes()) == 1


def test_a_delta_leaves_alone_what_it_does_not_name(delivered: Carrier) -> None:
    imported = take_in(delivered, [mei(outlet_district="Beijing", plan="postpaid")], "delta")
    assert weis().status == Status.ACTIVE
    assert changes() == [(ChangeKind.CHANGED, {"plan": "prepaid"})]
    assert (imported.feed.changed, imported.feed.ended) == (1, 0)


def test_a_changed_line_is_sealed_anew_and_stays_readable(delivered: Carrier) -> None:
    imported = take_in(delivered, [row(plan="postpaid")], "delta")
    line = weis()
    assert (line.plan, line.number) == ("postpaid", WEIS_NUMBER)
    assert line.sealed_by == line.feed_id == imported.feed.pk


def test_an_unchanged_line_keeps_the_feed_that_told_it(delivered: Carrier) -> None:
    first = weis().feed_id
    imported = take_in(delivered, [row(), mei(outlet_district="Beijing")], as_of=timezone.now())
    assert weis().feed_id == first
    assert (imported.feed.unchanged, changes()) == (2, [])


def test_a_line_that_ends(delivered: Carrier) -> None:
    take_in(delivered, [row(status="ended", ended_on="2026-11-10")], "delta")
    assert weis().ended_on == datetime.date(2026, 11, 10)
    assert changes() == [(ChangeKind.ENDED, {"status": "active", "ended_on": None})]


def test_a_line_that_comes_back(delivered: Carrier) -> None:
    take_in(delivered, [mei(outlet_district="Beijing")])
    RegistrationChange.objects.all().delete()
    imported = take_in(delivered, [row()], "delta")
    assert (weis().status, weis().ended_on) == (Status.ACTIVE, None)
    ended_on = working_days.local_day(imported.feed.as_of, rules.current()).isoformat()
    assert changes() == [(ChangeKind.RETURNED, {"status": "ended", "ended_on": ended_on})]


def test_a_new_line_is_told(delivered: Carrier) -> None:
    imported = take_in(delivered, [row(phone_number="+8613812344472")], "delta")
    change = RegistrationChange.objects.get()
    new = Registration.objects.get(pk=change.registration_id)
    assert (change.kind, change.before, change.subject) == (ChangeKind.STARTED, {}, new.subject)
    assert new.number == "+8613812344472"
    assert imported.feed.started == 1


def test_a_bad_line_does_not_end_what_it_is_about(delivered: Carrier) -> None:
    take_in(delivered, [row(activated_on="2026-13-01"), mei(outlet_district="Beijing", plan="postpaid")])
    assert weis().status == Status.ACTIVE


def test_one_carriers_feed_leaves_the_others_alone(delivered: Carrier, western: Carrier) -> None:
    take_in(western, [row()])
    take_in(western, [mei()], as_of=timezone.now())
    assert delivered.registrations.filter(status=Status.ACTIVE).count() == 2
    assert western.registrations.filter(status=Status.ENDED).count() == 1


def test_the_same_number_may_stand_under_two_people(delivered: Carrier) -> None:
    take_in(delivered, [mei(phone_number=WEIS_NUMBER)], "delta")
    assert [each.number for each in Registration.objects.all()].count(WEIS_NUMBER) == 2
