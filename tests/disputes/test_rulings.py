"""The regulator decides with the whole history before it, and orders the carrier to correct its records."""

import pytest
from django.db import transaction
from django.test import Client

from lookups.carriers.models import Carrier
from lookups.disputes import findings, services, timeline
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.disputes.moves import MoveRefused, locked
from lookups.disputes.removals import reopen
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.notices.models import Notice
from lookups.notices.services import render
from lookups.registry.models import Registration
from tests.cast import REGISTRATION, sign_in
from tests.disputes.conftest import handed_over
from tests.doubles.sandbox import SandboxCarrier
from tests.overview.pages import words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def appealed(wei: Account, ning: Account, weis_line: Registration, file) -> Dispute:
    """Kept by Northern, with its evidence; Wei says why that is not right."""
    dispute = handed_over(file(weis_line, wei))
    services.decide(dispute, outcome="CONFIRMED", answer="Signed at our outlet.", evidence=REGISTRATION, by=ning)
    services.appeal(dispute, account=wei, text="The signature is not mine.")
    dispute.refresh_from_db()
    return dispute


def ruled(dispute: Dispute, olga: Account, outcome: str = "REMOVED", order: str = "") -> Dispute:
    evidence = REGISTRATION if outcome == "CONFIRMED" else {}
    services.rule(dispute, outcome=outcome, answer="We saw both.", evidence=evidence, by=olga, order=order)
    dispute.refresh_from_db()
    return dispute


def page(dispute: Dispute) -> str:
    return f"/console/disputes/dispute/{dispute.pk}/change/"


def test_the_officer_sees_the_whole_history(appealed: Dispute, as_olga: Client) -> None:
    seen = words(as_olga.get(page(appealed)))
    for told in ("I have never been to Liuzhou.", "Signed at our outlet.", "identity card", "is not mine."):
        assert told in seen


def test_what_the_carrier_had_shown_stays_in_the_letter(appealed: Dispute, olga: Account) -> None:
    known = ruled(appealed, olga)
    (first,) = [moment for moment in timeline.of(known) if moment.title == "Northern Telecom answered"]
    assert first.text == "Kept under your ID. Signed at our outlet."
    assert ("Document shown", "identity card") in first.pairs
    assert known.evidence == {}


def test_a_removal_is_an_order_with_a_day(appealed: Dispute, olga: Account) -> None:
    known = ruled(appealed, olga)
    message = HandoverMessage.objects.get(kind="order")
    assert (
        "Take the record off this person. Disconnect the line only after you have verified" in message.payload["text"]
    )
    assert known.gone_by is not None
    titles = [moment.title for moment in timeline.of(known)]
    assert titles[-3:] == [
        "The regulator decided",
        "The regulator ordered Northern Telecom to correct its records",
        "We check that it is really gone",
    ]


def test_details_are_corrected_by_order(appealed: Dispute, olga: Account) -> None:
    ruled(appealed, olga, "CONFIRMED", order="It began on 3 May 2021.")
    assert "It began on 3 May 2021." in HandoverMessage.objects.get(kind="order").payload["text"]
    (ordered,) = [moment for moment in timeline.of(appealed) if "ordered" in moment.title]
    assert ordered.text == "It began on 3 May 2021."


def test_without_anything_to_correct_the_carrier_is_only_told(appealed: Dispute, olga: Account) -> None:
    ruled(appealed, olga, "CONFIRMED")
    assert list(HandoverMessage.objects.filter(kind__in=("note", "order")).values_list("kind", flat=True)) == ["note"]


def test_the_order_reaches_the_carriers_system(
    appealed: Dispute, olga: Account, northern: Carrier, sandbox: SandboxCarrier, wei: Account, file, deliver
) -> None:
    """On its ticket, after everything that went before."""
    HandoverMessage.objects.filter(handover__dispute=appealed).update(state="due", attempts=0, lease=None)
    ruled(appealed, olga)
    deliver(northern)
    assert any("Order: Correct your records" in note["text"] for note in sandbox.ticket(appealed.reference)["note"])


def test_the_officers_decision_is_final(appealed: Dispute, olga: Account, wei: Account, ning: Account) -> None:
    known = ruled(appealed, olga, "CONFIRMED")
    assert not known.can_appeal
    with pytest.raises(MoveRefused):
        services.appeal(known, account=wei, text="Again.")
    with pytest.raises(MoveRefused):
        services.rule(known, outcome="REMOVED", answer="Or not.", evidence={}, by=olga)
    assert known.can_accept


def test_it_rests_on_the_registration_as_well(appealed: Dispute, olga: Account) -> None:
    with pytest.raises(findings.EvidenceMissing):
        services.rule(appealed, outcome="CONFIRMED", answer="It is theirs.", evidence={}, by=olga)
    appealed.refresh_from_db()
    assert appealed.state == State.ESCALATED


def test_the_form_offers_what_the_carrier_said(appealed: Dispute, as_olga: Client) -> None:
    content = as_olga.get(page(appealed)).content.decode()
    assert 'value="2026-10-20"' in content
    assert 'name="reverification"' not in content
    assert 'name="right_carrier"' not in content
    assert 'name="order"' in content


def test_a_clerk_finds_what_was_ruled(appealed: Dispute, olga: Account, ning: Account, as_eli: Client) -> None:
    ruled(appealed, olga)
    queue = "/console/disputes/dispute/?show=ruled"
    assert appealed.reference in words(sign_in(Client(), ning).get(queue))
    assert appealed.reference not in words(as_eli.get(queue))


def test_an_order_that_was_not_followed_is_told_to_whoever_gave_it(appealed: Dispute, olga: Account) -> None:
    ruled(appealed, olga)
    with transaction.atomic():
        reopen(locked(appealed.pk), why="still_there", day="2026-11-22")
    notice = Notice.objects.get(account=olga.pk)
    subject, body = render(notice)
    assert appealed.reference in subject
    assert "Northern Telecom still lists the record" in body
    assert Notice.objects.filter(account=appealed.account, kind="dispute_reopened").exists()
