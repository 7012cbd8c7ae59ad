"""The public statistics: counts by carrier and reason, and none small enough to find somebody in."""

import datetime
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.disputes.models import Dispute
from lookups.identity.models import Account
from lookups.overview import figures
from tests.cast import make_registration
from tests.overview.pages import words

pytestmark = pytest.mark.django_db


def disputes(
    carrier: Carrier,
    count: int,
    *,
    answered: int = 0,
    late: int = 0,
    reason: str = "never_mine",
    state: str = "in_review",
) -> None:
    """``count`` disputes, of which some were answered, and some of these late."""
    now = timezone.now()
    for n in range(count):
        dispute = Dispute(
            id=uuid.uuid4(),
            reference=f"{uuid.uuid4().hex[:12]}",
            subject=uuid.uuid4(),
            account=uuid.uuid4(),
            registration_id=uuid.uuid4(),
            registered_with=carrier,
            carrier=carrier,
            reason=reason,
            rules={},
            state="decided" if n < answered else state,
            filed_at=now,
            send_after=now,
            answer_by=now - datetime.timedelta(days=1) if n < late else now + datetime.timedelta(days=1),
            decided_by="carrier" if n < answered else "",
            decided_at=now if n < answered else None,
        )
        dispute.registration = {}
        dispute.save(force_insert=True)


def row_of(carrier: Carrier) -> figures.Row:
    return next(row for row in figures.by_carrier() if row.carrier_name == carrier.name)


@pytest.mark.parametrize(("count", "told"), [(0, "0"), (1, "fewer than 10"), (9, "fewer than 10"), (10, "10")])
def test_small_counts_are_not_told(northern: Carrier, count: int, told: str) -> None:
    disputes(northern, count)
    assert row_of(northern).filed == told
    assert dict(figures.by_reason())["This number was never mine"] == told


def test_answers_and_how_many_were_in_time(northern: Carrier, western: Carrier) -> None:
    disputes(northern, 40, answered=20, late=5)
    disputes(western, 40, answered=9, late=1)
    assert (row_of(northern).answered, row_of(northern).on_time) == ("20", "75 %")
    assert (row_of(western).answered, row_of(western).on_time) == ("fewer than 10", "–")


@pytest.mark.parametrize("state", ["waiting", "cancelled"])
def test_what_never_reached_the_carrier_is_not_counted(northern: Carrier, state: str) -> None:
    disputes(northern, 30, state=state)
    assert row_of(northern).filed == "0"
    assert dict(figures.by_reason())["This number was never mine"] == "0"
    disputes(northern, 12, answered=11)
    assert (row_of(northern).filed, row_of(northern).answered) == ("12", "11")
    assert dict(figures.by_reason())["This number was never mine"] == "12"


def test_the_page_is_for_everybody_and_shows_no_small_count(
    client: Client, wei: Account, northern: Carrier, western: Carrier
) -> None:
    make_registration(wei, northern)
    disputes(northern, 3)
    text = words(client.get("/statistics/"))
    assert "Northern Telecom fewer than 10" in text
    assert "Western Mobile 0 0 – not yet" in text
    assert "This number was never mine fewer than 10" in text
    assert "It is mine, but I want it cancelled 0" in text


def test_the_page_needs_few_queries(
    client: Client, northern: Carrier, western: Carrier, django_assert_max_num_queries: object
) -> None:
    disputes(northern, 12, answered=3)
    assert callable(django_assert_max_num_queries)
    with django_assert_max_num_queries(4):
        client.get("/statistics/")


def test_each_finding_stands_by_itself(client: Client, northern: Carrier) -> None:
    """Who could not find out, or moved a line, has neither removed nor kept it."""
    disputes(northern, 24, answered=24)
    ids = list(Dispute.objects.values_list("pk", flat=True))
    Dispute.objects.filter(pk__in=ids[:11]).update(outcome="CANNOT_DETERMINE")
    Dispute.objects.filter(pk__in=ids[11:23]).update(outcome="TRANSFERRED")
    Dispute.objects.filter(pk__in=ids[23:]).update(outcome="REMOVED")
    text = words(client.get("/statistics/"))
    assert "The carrier could not find out 11" in text
    assert "Moved to the person who uses it 12" in text
    assert "Removed from the person's ID fewer than 10" in text
