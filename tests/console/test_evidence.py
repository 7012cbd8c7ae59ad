"""Files in the console: for the staff who have to decide, of their own carrier, saved and never shown, written down."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from lookups.audit.models import AccessRecord
from lookups.carriers.row_security import enter_console
from lookups.disputes.models import Attachment, Dispute, Evidence
from lookups.disputes.states import State
from lookups.identity.models import Account
from tests.cast import sign_in
from tests.disputes.evidence_files import attach
from tests.overview.pages import words

pytestmark = pytest.mark.django_db(transaction=True)


def address(dispute: Dispute, evidence: Evidence) -> str:
    return reverse("admin:disputes_dispute_evidence", args=[dispute.pk, evidence.pk])


def opened() -> int:
    return AccessRecord.objects.filter(action="opened_evidence").count()


def test_a_clerk_finds_it_on_the_dispute_and_saves_it(as_eli: Client, at_eastern: Dispute) -> None:
    """S18, S21"""
    evidence = attach(at_eastern)
    page = as_eli.get(reverse("admin:disputes_dispute_change", args=[at_eastern.pk]))
    assert "File 1: PDF document" in words(page)
    assert address(at_eastern, evidence) in page.content.decode()
    assert "police report" not in words(page), "how the citizen calls it is the citizen's"
    response = as_eli.get(address(at_eastern, evidence))
    assert response.content == b"%PDF-1.7\n"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{at_eastern.reference}-1.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    record = AccessRecord.objects.get(action="opened_evidence")
    assert (record.organisation, record.about) == ("Eastern Link", at_eastern.reference)
    assert record.subject == at_eastern.subject


def test_an_officer_opens_it_too(olga: Account, at_eastern: Dispute) -> None:
    evidence = attach(at_eastern)
    assert sign_in(Client(), olga).get(address(at_eastern, evidence)).status_code == 200
    assert AccessRecord.objects.get(action="opened_evidence").actor_kind == "officer"


def test_an_operator_sees_that_there_is_one_and_does_not_open_it(pat: Account, at_eastern: Dispute) -> None:
    evidence = attach(at_eastern)
    client = sign_in(Client(), pat)
    page = client.get(reverse("admin:disputes_dispute_change", args=[at_eastern.pk]))
    assert "File 1" in words(page)
    assert address(at_eastern, evidence) not in page.content.decode()
    assert client.get(address(at_eastern, evidence)).status_code == 403
    assert opened() == 0


def test_a_clerk_of_another_carrier_has_a_404(as_eli: Client, at_northern: Dispute, at_eastern: Dispute) -> None:
    """S14"""
    foreign, own = attach(at_northern), attach(at_eastern)
    assert as_eli.get(address(at_northern, foreign)).status_code == 404
    assert as_eli.get(address(at_eastern, foreign)).status_code == 404, "through a dispute of their own"
    assert as_eli.get(address(at_northern, own)).status_code == 404
    assert opened() == 0


@pytest.mark.parametrize("state", [State.WAITING, State.FAMILY, State.CANCELLED])
def test_of_what_never_reached_the_carrier_there_is_none(as_eli: Client, at_eastern: Dispute, state: State) -> None:
    evidence = attach(at_eastern)
    Dispute.objects.update(state=state)
    assert as_eli.get(address(at_eastern, evidence)).status_code == 404
    assert opened() == 0


def test_row_security_holds_where_a_query_forgets(at_eastern: Dispute, at_northern: Dispute) -> None:
    """S14"""
    own = attach(at_eastern)
    attach(at_northern)
    with transaction.atomic():
        enter_console(at_eastern.carrier_id, every_carrier=False)
        assert [one.pk for one in Evidence.objects.defer("content")] == [own.pk]
        assert [one.dispute_id for one in Attachment.objects.all()] == [at_eastern.pk]
    with transaction.atomic():
        enter_console(None, every_carrier=False)
        assert (Evidence.objects.count(), Attachment.objects.count()) == (0, 0)


@pytest.mark.parametrize("table", ["disputes_evidence", "disputes_attachment", "disputes_draft"])
def test_the_console_changes_none_of_them(at_eastern: Dispute, table: str) -> None:
    attach(at_eastern)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        enter_console(at_eastern.carrier_id, every_carrier=False)
        connection.cursor().execute(f"DELETE FROM {table}")
    assert Evidence.objects.count() == 1
