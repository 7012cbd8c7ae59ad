"""A file that is found later still counts, as long as somebody has to decide."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from lookups.carriers.models import Carrier
from lookups.disputes import services
from lookups.disputes.models import Dispute, Evidence, HandoverMessage
from lookups.disputes.states import ANSWERED, OPEN, State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.disputes.evidence_files import drawing, jpeg, png
from tests.doubles.sandbox import SandboxCarrier
from tests.overview.pages import words

pytestmark = pytest.mark.django_db(transaction=True)


def add(client: Client, dispute: Dispute, content: bytes) -> Any:
    file = SimpleUploadedFile("found later.jpg", content)
    return client.post(f"/disputes/{dispute.reference}/evidence/", {"file": file})


def test_it_follows_the_ticket_to_the_carrier(
    as_wei: Client,
    wei: Account,
    weis_line: Registration,
    northern: Carrier,
    sandbox: SandboxCarrier,
    file,
    deliver,
) -> None:
    dispute = file(weis_line, wei, undo=60)
    assert add(as_wei, dispute, jpeg()).url == dispute.get_absolute_url()
    deliver(northern)
    assert sandbox.tickets() == [], "no file goes ahead of its ticket"
    services.send_now(dispute, account=wei)
    deliver(northern)
    (note,) = sandbox.ticket(dispute.reference)["note"]
    assert "1: JPEG" in note["text"]
    page = words(as_wei.get(dispute.get_absolute_url()))
    assert "You added a file" in page
    assert "found later.jpg" in page


def test_the_same_file_again_changes_nothing(as_wei: Client, wei: Account, weis_line: Registration, file) -> None:
    dispute = file(weis_line, wei, undo=60)
    for _ in range(2):
        assert add(as_wei, dispute, jpeg()).status_code == 302
    assert dispute.attachments.count() == Evidence.objects.count() == 1
    assert HandoverMessage.objects.filter(kind="evidence").count() == 1


def test_there_is_an_end_to_it(as_wei: Client, wei: Account, weis_line: Registration, file, settings: Settings) -> None:
    settings.EVIDENCE_MAX_FILES = 1
    dispute = file(weis_line, wei, undo=60)
    add(as_wei, dispute, jpeg())
    assert "There is room for 1 files" in words(add(as_wei, dispute, png(drawing(99))))
    assert dispute.attachments.count() == 1


def test_what_is_refused_leaves_nothing(as_wei: Client, wei: Account, weis_line: Registration, file) -> None:
    """S21"""
    dispute = file(weis_line, wei, undo=60)
    assert "something else" in words(add(as_wei, dispute, b"<svg/>"))
    assert not Evidence.objects.exists()
    assert dispute.steps.count() == 1


@pytest.mark.parametrize("state", list(State))
def test_only_while_somebody_has_to_decide(
    as_wei: Client, wei: Account, weis_line: Registration, file, state: State
) -> None:
    dispute = file(weis_line, wei, undo=60)
    Dispute.objects.update(state=state)
    assert add(as_wei, dispute, png()).url == dispute.get_absolute_url()
    assert dispute.attachments.count() == (state in OPEN - ANSWERED)


def test_s14_nobody_adds_to_somebody_elses(as_mei: Client, wei: Account, weis_line: Registration, file) -> None:
    dispute = file(weis_line, wei, undo=60)
    assert add(as_mei, dispute, jpeg()).status_code == 404
    assert not Evidence.objects.exists()
