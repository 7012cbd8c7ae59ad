"""Filing: everything in one transaction, nothing sent, and one open dispute per number."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from lookups.audit.models import AccessRecord
from lookups.carriers.models import Carrier
from lookups.disputes import references, services
from lookups.disputes.models import Dispute, Handover, HandoverMessage, Step
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.notices.models import Notice
from lookups.registry.models import Registration
from tests.cast import WEIS_ID, make_registration


@pytest.mark.django_db
def test_a_filed_dispute_has_all_it_needs(wei: Account, weis_line: Registration, file) -> None:
    dispute = file(weis_line, wei, undo=7200)
    assert dispute.state == State.WAITING
    assert references.normalise(dispute.reference) == dispute.reference
    assert [(step.before, step.after, step.actor) for step in dispute.steps.all()] == [("", "waiting", "citizen")]
    message = HandoverMessage.objects.get(handover__dispute=dispute)
    assert (message.kind, message.state, message.attempts) == ("create", "due", 0)
    assert message.next_attempt_at > timezone.now() + (dispute.send_after - dispute.filed_at) * 0.9
    assert Notice.objects.get().kind == "dispute_filed"
    assert AccessRecord.objects.get(action="filed").about == dispute.reference
    assert dispute.rules["answer_days"] == 5
    assert dispute.rules["in_law"] is False


@pytest.mark.django_db
def test_what_leaves_never_holds_an_id_number(wei: Account, weis_line: Registration, file) -> None:
    dispute = file(weis_line, wei)
    payload = HandoverMessage.objects.get(handover__dispute=dispute).payload
    assert payload["phone_number"] == weis_line.number
    assert WEIS_ID not in str(payload)
    assert str(weis_line.subject) not in str(payload)


@pytest.mark.django_db
def test_somebody_elses_number_cannot_be_disputed(mei: Account, weis_line: Registration, file) -> None:
    """S14"""
    with pytest.raises(services.NotYours):
        file(weis_line, mei)
    assert not Dispute.objects.exists()
    assert not Step.objects.exists()
    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_a_second_dispute_about_the_same_number_leads_to_the_first(wei: Account, weis_line: Registration, file) -> None:
    first = file(weis_line, wei)
    with pytest.raises(services.AlreadyOpen) as error:
        file(weis_line, wei)
    assert error.value.dispute == first
    assert Dispute.objects.count() == Handover.objects.count() == Notice.objects.count() == 1


@pytest.mark.django_db
def test_a_number_can_be_disputed_again_once_the_first_is_over(wei: Account, weis_line: Registration, file) -> None:
    services.cancel(file(weis_line, wei, undo=60), account=wei)
    assert file(weis_line, wei).state == State.WAITING


@pytest.mark.django_db
def test_a_resellers_number_goes_to_its_host(wei: Account, lotus: Carrier, northern: Carrier, file) -> None:
    dispute = file(make_registration(wei, lotus), wei)
    assert (dispute.registered_with, dispute.carrier) == (lotus, northern)
    assert dispute.handovers.get().carrier == northern


@pytest.mark.django_db(transaction=True)
def test_two_browsers_at_once_file_one_dispute(wei: Account, weis_line: Registration, file) -> None:
    """S22"""
    gate = threading.Barrier(4, timeout=60)

    def try_it(_: int) -> str:
        gate.wait()
        try:
            return file(weis_line, wei).reference
        except services.AlreadyOpen:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        filed = [reference for reference in pool.map(try_it, range(4)) if reference]
    assert len(filed) == 1
    assert Dispute.objects.count() == Handover.objects.count() == HandoverMessage.objects.count() == 1
