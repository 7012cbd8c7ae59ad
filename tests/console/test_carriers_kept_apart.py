"""Carrier A never meets carrier B's anything: in pages, and in PostgreSQL when a page forgets (S14)."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from lookups.audit.models import AccessRecord
from lookups.carriers.models import Channel, Membership
from lookups.carriers.row_security import enter_console
from lookups.carriers.scoping import Scope
from lookups.disputes import wording
from lookups.disputes.models import Dispute, Handover, HandoverMessage, InboxEvent, Step
from lookups.disputes.states import State
from lookups.registry.models import Feed, Registration

pytestmark = pytest.mark.django_db(transaction=True)

KEPT_APART = [Dispute, Step, Handover, HandoverMessage, InboxEvent, Registration, Feed, Channel, Membership]


def test_a_foreign_dispute_is_the_same_404_as_none(as_eli: Client, at_northern: Dispute) -> None:
    records = AccessRecord.objects.count()
    for move in ("change", "acknowledge", "review", "ask", "answer"):
        url = reverse(f"admin:disputes_dispute_{move}", args=[at_northern.pk])
        assert as_eli.post(url).status_code == 404
    assert as_eli.get(reverse("admin:disputes_dispute_change", args=[at_northern.pk])).status_code == 404
    at_northern.refresh_from_db()
    assert at_northern.state == State.HANDED_OVER
    assert AccessRecord.objects.count() == records


@pytest.mark.parametrize("query", ["", "?show=all", "?show=regulator", "?q={reference}", "?show=all&q={reference}"])
def test_lists_and_search_show_the_own_carriers_only(
    as_eli: Client, at_northern: Dispute, at_eastern: Dispute, query: str
) -> None:
    content = as_eli.get("/console/disputes/dispute/" + query.format(reference=at_northern.reference)).content.decode()
    found = content.replace(f'value="{at_northern.reference}"', "").replace(f"q={at_northern.reference}", "")
    assert at_northern.reference not in found


def test_row_security_holds_where_a_queryset_forgets(
    as_eli: Client, at_northern: Dispute, at_eastern: Dispute, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first fence is taken out on purpose; the second one stands."""
    monkeypatch.setattr(Scope, "limit", lambda self, rows, column="carrier_id": rows)
    content = as_eli.get("/console/disputes/dispute/?show=all").content.decode()
    assert at_eastern.reference in content
    assert at_northern.reference not in content
    assert as_eli.get(reverse("admin:disputes_dispute_change", args=[at_northern.pk])).status_code == 404


def test_without_a_carrier_the_console_role_sees_nothing(at_northern: Dispute, at_eastern: Dispute) -> None:
    with transaction.atomic():
        enter_console(None, every_carrier=False)
        assert {model: model.objects.count() for model in KEPT_APART} == dict.fromkeys(KEPT_APART, 0)


def test_within_its_carrier_it_sees_that_carriers_rows(at_northern: Dispute, at_eastern: Dispute) -> None:
    with transaction.atomic():
        enter_console(at_eastern.carrier_id, every_carrier=False)
        assert list(Dispute.objects.all()) == [at_eastern]
        assert Step.objects.count() == at_eastern.steps.count() == 2
        assert HandoverMessage.objects.count() == 1


def test_the_role_ends_with_its_transaction(at_northern: Dispute, at_eastern: Dispute) -> None:
    with transaction.atomic():
        enter_console(at_eastern.carrier_id, every_carrier=False)
    assert Dispute.objects.count() == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('portal.carrier', true)")
        assert cursor.fetchone() == ("portal", "")


def test_the_role_is_refused_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        enter_console(None, every_carrier=True)


def test_a_clerk_cannot_move_a_row_to_another_carrier(at_northern: Dispute, at_eastern: Dispute) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        enter_console(at_eastern.carrier_id, every_carrier=False)
        Dispute.objects.filter(pk=at_eastern.pk).update(carrier=at_northern.carrier)


def test_officers_see_every_carrier(as_olga: Client, at_northern: Dispute, at_eastern: Dispute) -> None:
    content = as_olga.get("/console/disputes/dispute/").content.decode()
    assert at_northern.reference in content
    assert at_eastern.reference in content


def test_a_citizen_has_no_console(as_wei: Client, at_eastern: Dispute) -> None:
    assert as_wei.get("/console/").status_code == 404
    assert as_wei.get(reverse("admin:disputes_dispute_change", args=[at_eastern.pk])).status_code == 404


def test_a_page_that_breaks_takes_back_what_it_did(as_eli: Client, at_eastern: Dispute, monkeypatch) -> None:
    as_eli.raise_request_exception = False
    monkeypatch.setattr(wording, "registration_pairs", lambda frozen: 1 / 0)
    before = AccessRecord.objects.count()
    response = as_eli.get(reverse("admin:disputes_dispute_change", args=[at_eastern.pk]))
    assert response.status_code == 500
    assert AccessRecord.objects.count() == before
