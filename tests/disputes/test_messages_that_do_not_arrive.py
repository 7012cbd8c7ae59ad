"""What follows a ticket and is refused for good: it holds back the rest, so citizen and operator are told."""

import pytest
from django.db import transaction
from django.test import Client

from lookups.carriers.models import Carrier
from lookups.disputes import handovers, timeline
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import sign_in
from tests.disputes.conftest import handed_over
from tests.disputes.evidence_files import attach
from tests.overview.pages import words

pytestmark = pytest.mark.django_db(transaction=True)
STUCK = "/console/disputes/dispute/?show=person"


@pytest.fixture
def dispute(wei: Account, weis_line: Registration, file) -> Dispute:
    return handed_over(file(weis_line, wei))


@pytest.fixture
def refused_file(dispute: Dispute, northern: Carrier, deliver) -> HandoverMessage:
    """The carrier's channel was set up wrongly when a file was added."""
    attach(dispute)
    files = list(dispute.attachments.select_related("evidence"))
    handovers.append(dispute, kind="evidence", payload=handovers.about_files(dispute, files))
    northern.channel.settings = {"mode": "no such mode"}
    northern.channel.save()
    deliver(northern)
    return HandoverMessage.objects.get(kind="evidence")


def test_the_citizen_reads_it_and_the_dispute_stays_where_it_is(
    dispute: Dispute, refused_file: HandoverMessage
) -> None:
    assert refused_file.state == "parked"
    assert "We could not tell Northern Telecom about your files yet" in [one.title for one in timeline.of(dispute)]
    dispute.refresh_from_db()
    assert dispute.state == State.HANDED_OVER


def test_an_operator_finds_it_stuck(dispute: Dispute, refused_file: HandoverMessage, pat: Account) -> None:
    as_pat = sign_in(Client(), pat)
    assert dispute.reference in words(as_pat.get(STUCK))
    assert HandoverMessage.objects.all().try_again() == 1
    assert dispute.reference not in words(as_pat.get(STUCK))


def test_a_ticket_that_does_not_arrive_needs_a_person_as_before(
    wei: Account, weis_line: Registration, northern: Carrier, file, deliver
) -> None:
    northern.channel.settings = {"mode": "no such mode"}
    northern.channel.save()
    dispute = file(weis_line, wei)
    deliver(northern)
    dispute.refresh_from_db()
    assert dispute.state == State.PERSON_NEEDED
    assert [step.why for step in dispute.steps.all()] == ["filed", "undeliverable"]


@pytest.mark.parametrize("kind", ["note", "evidence", "order", "withdraw", "close"])
def test_every_kind_has_words(dispute: Dispute, kind: str) -> None:
    message = HandoverMessage.objects.get(kind="create")
    message.kind = kind
    with transaction.atomic():
        handovers.parked(message)
    assert timeline.of(dispute)[-2].title.startswith("We could not")
