"""The carrier learns that there are files, and where its staff open them: after the ticket, and nothing more."""

import pytest

from lookups.carriers.models import Carrier
from lookups.disputes import routing, services
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import WEIS_ID, make_registration
from tests.disputes.evidence_files import attach
from tests.doubles.sandbox import SandboxCarrier

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def with_file(wei: Account, weis_line: Registration, northern: Carrier, file) -> Dispute:
    """Filed with one file."""
    other = file(make_registration(wei, northern, "+8613812344472"), wei, undo=60)
    evidence = attach(other, name="Wei's police report.pdf")
    return file(weis_line, wei, undo=60, evidence=[evidence])


def kinds(dispute: Dispute) -> list[str]:
    return list(
        HandoverMessage.objects.filter(handover__dispute=dispute).order_by("position").values_list("kind", flat=True)
    )


def test_as_a_note_on_its_ticket(
    wei: Account, with_file: Dispute, northern: Carrier, sandbox: SandboxCarrier, deliver
) -> None:
    services.send_now(with_file, account=wei)
    deliver(northern)
    ticket = sandbox.ticket(with_file.reference)
    (note,) = ticket["note"]
    assert f"/console/disputes/dispute/{with_file.pk}/change/" in note["text"]
    assert "1: PDF, 9 bytes" in note["text"]
    for secret in ("police", "Wei", WEIS_ID, with_file.registration["number"]):
        assert secret not in note["text"]


@pytest.mark.parametrize("kind", ["console", "demo"])
def test_by_every_kind_of_channel(wei: Account, with_file: Dispute, northern: Carrier, deliver, kind: str) -> None:
    northern.channel.kind = kind
    northern.channel.save()
    services.send_now(with_file, account=wei)
    deliver(northern)
    messages = HandoverMessage.objects.filter(handover__dispute=with_file).order_by("position")
    assert list(messages.values_list("kind", "state")) == [("create", "sent"), ("evidence", "sent")]


def test_taken_back_in_time_the_carrier_hears_of_no_file_either(
    wei: Account, with_file: Dispute, northern: Carrier, sandbox: SandboxCarrier, deliver
) -> None:
    assert kinds(with_file) == ["create", "evidence"]
    services.cancel(with_file, account=wei)
    assert set(HandoverMessage.objects.filter(handover__dispute=with_file).values_list("state", flat=True)) == {
        "dropped"
    }
    deliver(northern)
    assert sandbox.tickets() == []


def test_the_next_carrier_learns_of_them_too(with_file: Dispute, western: Carrier, pat) -> None:
    HandoverMessage.objects.filter(kind="create").update(state="parked", attempts=3)
    Dispute.objects.update(state="person_needed")
    routing.hand_over_again(with_file, carrier=western, by=pat)
    second = with_file.handovers.get(hop=2)
    assert list(second.messages.order_by("position").values_list("kind", flat=True)) == ["create", "evidence"]
    first = with_file.handovers.get(hop=1)
    assert set(first.messages.values_list("state", flat=True)) == {"dropped"}
