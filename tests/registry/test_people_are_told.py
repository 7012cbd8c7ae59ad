"""Who has an account is told what a feed brought under their ID: one notice per person and feed, and no digit in it."""

import datetime

import pytest
from django.conf import settings as portal
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.identity.models import Account
from lookups.notices import services as notices
from lookups.notices.models import Notice
from lookups.registry import announcing, tasks
from lookups.registry.models import Feed, FeedReading, Told
from tests.cast import MEIS_ID, WEIS_ID, WEIS_NUMBER, make_citizen
from tests.registry.conftest import MEIS_NUMBER, row, take_in
from tests.registry.conftest import mei as meis

pytestmark = pytest.mark.django_db

NEW = "+8613812344472"


def told() -> list[tuple[str, str | None]]:
    """Whom the sweep tells, and of what."""
    tasks.tell_people()
    return [(notice.kind, notice.address) for notice in Notice.objects.order_by("created_at")]


@pytest.fixture
def delivered(northern: Carrier) -> Carrier:
    """Wei's and Mei's lines, by Northern's first feed."""
    take_in(northern, [row(), meis()])
    return northern


def test_a_first_feed_tells_nobody(wei: Account, delivered: Carrier) -> None:
    assert told() == []
    assert FeedReading.objects.filter(reader="notices").count() == 1


def test_a_new_number_is_told_to_its_person_alone(wei: Account, mei: Account, delivered: Carrier) -> None:
    take_in(delivered, [row(phone_number=NEW)], "delta")
    assert told() == [("number_registered", "wei@example.org")]
    assert Notice.objects.get().account == wei.pk


def test_it_is_told_once(wei: Account, delivered: Carrier) -> None:
    take_in(delivered, [row(phone_number=NEW)], "delta")
    assert told() == told()
    assert not Told.objects.exists()


def test_a_number_that_comes_back_is_told(wei: Account, delivered: Carrier) -> None:
    take_in(delivered, [meis()])
    assert told() == []
    take_in(delivered, [row()], "delta")
    assert told() == [("number_registered", "wei@example.org")]


def test_each_feed_is_told_by_itself(wei: Account, delivered: Carrier, western: Carrier) -> None:
    take_in(western, [meis()])
    take_in(delivered, [row(phone_number=NEW)], "delta")
    take_in(western, [row()], "delta")
    assert [kind for kind, _ in told()] == ["number_registered"] * 2
    assert {notice.context["carrier"] for notice in Notice.objects.all()} == {"Northern Telecom", "Western Mobile"}


def test_a_number_that_moves_is_told_to_both(wei: Account, mei: Account, delivered: Carrier) -> None:
    take_in(delivered, [meis(), meis(phone_number=WEIS_NUMBER)])
    assert sorted(told()) == [("number_moved", "wei@example.org"), ("number_registered", "mei@example.org")]


def test_a_number_that_only_ends_is_not_told(wei: Account, delivered: Carrier) -> None:
    take_in(delivered, [meis()])
    take_in(delivered, [meis(status="ended", ended_on="2026-11-10")], "delta")
    assert told() == []


def test_a_number_that_moves_between_a_persons_own_documents_is_told_once(northern: Carrier) -> None:
    make_citizen(("CN-RIC", WEIS_ID), ("CN-RIC", MEIS_ID), email="both@example.org")
    take_in(northern, [row()])
    take_in(northern, [row(id_number=MEIS_ID)])
    assert told() == [("number_registered", "both@example.org")]


def test_a_line_that_had_ended_when_it_was_first_named_is_not_told(wei: Account, delivered: Carrier) -> None:
    take_in(delivered, [row(phone_number=NEW, status="ended", ended_on="2026-11-10")], "delta")
    assert told() == []


def test_a_line_that_ends_before_the_sweep_is_told_all_the_same(wei: Account, delivered: Carrier) -> None:
    take_in(delivered, [row(phone_number=NEW)], "delta")
    take_in(delivered, [row(phone_number=NEW, status="ended", ended_on="2026-11-10")], "delta")
    assert told() == [("number_registered", "wei@example.org")]


def test_a_changed_detail_is_not_told(wei: Account, delivered: Carrier) -> None:
    take_in(delivered, [row(plan="postpaid")], "delta")
    assert told() == []


def test_a_feed_that_was_refused_tells_nobody(wei: Account, delivered: Carrier) -> None:
    now = timezone.now()
    Feed.objects.create(carrier=delivered, kind="delta", as_of=now, received_at=now, digest=b"", state="failed")
    assert told() == []


def test_a_person_with_very_many_new_lines_has_one_notice(wei: Account, delivered: Carrier) -> None:
    lines = [row(phone_number=f"+86138{number:08d}") for number in range(2000)]
    take_in(delivered, lines, "delta")
    assert told() == [("number_registered", "wei@example.org")]


def test_a_person_without_an_address_has_the_notice_on_their_pages(delivered: Carrier) -> None:
    make_citizen(("CN-RIC", WEIS_ID))
    take_in(delivered, [row(phone_number=NEW)], "delta")
    assert told() == [("number_registered", None)]
    assert Notice.objects.get().state == "dropped"


@pytest.mark.parametrize(("columns", "hears"), [({"frozen_at": timezone.now()}, True), ({}, False)])
def test_a_frozen_account_hears_and_a_closed_one_does_not(
    wei: Account, delivered: Carrier, columns: dict[str, datetime.datetime], hears: bool
) -> None:
    Account.objects.update(is_active=False, **columns)
    take_in(delivered, [row(phone_number=NEW)], "delta")
    assert bool(told()) is hears


def test_the_notice_is_in_the_language_of_the_account(wei: Account, delivered: Carrier) -> None:
    Account.objects.update(language="zh-hans")
    take_in(delivered, [row(phone_number=NEW)], "delta")
    told()
    assert Notice.objects.get().language == "zh-hans"


def test_s16_no_digit_stands_in_it_and_one_link_to_the_start_page(
    wei: Account, mei: Account, delivered: Carrier
) -> None:
    """S16: neither a number nor a count nor a date."""
    take_in(delivered, [row(id_number=MEIS_ID), meis()])
    told()
    assert Notice.objects.count() == 2
    for notice in Notice.objects.all():
        text = "\n".join(notices.render(notice))
        assert text.count(portal.PORTAL_BASE_URL) == text.count("://") == 1
        assert f"{portal.PORTAL_BASE_URL} and open Numbers" in text
        assert not any(sign.isdigit() for sign in text.replace(portal.PORTAL_BASE_URL, ""))


def test_a_worker_that_dies_in_between_leaves_nobody_out_and_tells_nobody_twice(
    wei: Account, mei: Account, delivered: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D5: between two people, and between a notice and its mark."""
    take_in(delivered, [row(phone_number=NEW), meis(phone_number="+8613987650822")], "delta")
    monkeypatch.setattr(announcing, "BATCH", 1)
    tell_all, died = notices.tell_all, iter([False, True, True, False])

    def dies_sometimes(*recipients, **words):
        count = tell_all(*recipients, **words)
        if next(died):
            raise SystemExit
        return count

    monkeypatch.setattr(notices, "tell_all", dies_sometimes)
    for expected in (1, 1):
        with pytest.raises(SystemExit):
            tasks.tell_people()
        assert Notice.objects.count() == Told.objects.count() == expected
    assert sorted(told()) == [("number_registered", "mei@example.org"), ("number_registered", "wei@example.org")]


def test_what_does_not_fit_into_one_tick_goes_on_with_the_next(
    wei: Account, mei: Account, delivered: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(delivered, [row(phone_number=NEW), meis(phone_number="+8613987650822")], "delta")
    monkeypatch.setattr(announcing, "BATCH", 1)
    assert [announcing.announce(seconds=0) for _ in range(4)] == [0, 1, 1, 0]
    assert len(told()) == 2


def test_questions_to_the_database_do_not_grow_with_the_lines(
    wei: Account, delivered: Carrier, django_assert_max_num_queries
) -> None:
    take_in(delivered, [row(phone_number=f"+86138{number:08d}") for number in range(500)], "delta")
    with django_assert_max_num_queries(45):
        tasks.tell_people()
    assert Notice.objects.count() == 1


def test_two_feeds_of_the_same_moment_are_both_told(wei: Account, mei: Account, delivered: Carrier) -> None:
    moment = timezone.now()
    take_in(delivered, [row(phone_number=NEW)], "delta", as_of=moment)
    assert len(told()) == 1
    take_in(delivered, [meis(phone_number="+8613987650822")], "delta", as_of=moment)
    assert len(told()) == 2


def test_what_stands_under_a_document_that_the_account_does_not_hold_is_not_told(
    wei: Account, delivered: Carrier
) -> None:
    take_in(delivered, [row(id_scheme="PASSPORT-CN", id_number="E12345674", phone_number=MEIS_NUMBER)], "delta")
    assert told() == []
