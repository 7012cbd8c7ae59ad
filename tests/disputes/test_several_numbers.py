"""Several numbers in one filing: each its own dispute, with the same words and files."""

import pytest
from django.test import Client
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.disputes.models import Dispute, Draft, Evidence, HandoverMessage
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import make_registration
from tests.disputes.evidence_files import png
from tests.disputes.filing_pages import answer, fill_in, page_of, send, version_of
from tests.disputes.test_evidence_pages import upload
from tests.overview.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(wei: Account, northern: Carrier, western: Carrier) -> list[Registration]:
    """Two of Wei's at Northern, one at Western."""
    return [
        make_registration(wei, northern),
        make_registration(wei, northern, "+8613812344472"),
        make_registration(wei, western, "+8613812344473"),
    ]


def ids(lines: list[Registration]) -> list[str]:
    return [str(line.pk) for line in lines]


def test_each_becomes_a_dispute_of_its_own(as_wei: Client, lines: list[Registration]) -> None:
    fill_in(as_wei, lines[0], others=ids(lines[1:]), statement="None of them is mine.")
    upload(as_wei, lines[0], png())
    review = words(as_wei.get(page_of(lines[0], "review")))
    assert all(str(line.masked) in review for line in lines)
    assert "Northern Telecom and Western Mobile" in review
    assert "Dispute these 3 numbers" in review
    assert send(as_wei, lines[0]).url == "/disputes/"
    disputes = list(Dispute.objects.all())
    assert {dispute.registration_id for dispute in disputes} == {line.pk for line in lines}
    assert {dispute.statement for dispute in disputes} == {"None of them is mine."}
    assert len({dispute.reference for dispute in disputes}) == 3
    assert {dispute.carrier.code for dispute in disputes} == {"northern", "western"}
    (evidence,) = Evidence.objects.all()
    assert evidence.draft is None
    assert {one.dispute for one in evidence.attachments.all()} == set(disputes)
    assert HandoverMessage.objects.filter(kind="create").count() == 3
    shown = words(as_wei.get("/disputes/"))
    assert all(dispute.reference in shown for dispute in disputes)
    assert not Draft.objects.exists()


def test_none_of_the_others_is_fine_too(as_wei: Client, lines: list[Registration]) -> None:
    assert answer(as_wei, lines[0], reason="cancel") == page_of(lines[0], "others")
    assert answer(as_wei, lines[0], others=[]) == page_of(lines[0], "used_by")
    fill_in(as_wei, lines[0], "cancel")
    send(as_wei, lines[0])
    assert Dispute.objects.get().registration_id == lines[0].pk


def test_only_what_can_be_disputed_is_offered(
    as_wei: Client, lines: list[Registration], mei: Account, northern: Carrier, wei: Account, file
) -> None:
    """S14"""
    hers = make_registration(mei, northern, "+8613812344479")
    ended = make_registration(wei, northern, "+8613812344478", status="ended", ended_on=timezone.localdate())
    file(lines[1], wei)
    answer(as_wei, lines[0], reason="cancel")
    shown = as_wei.get(page_of(lines[0], "others")).content.decode()
    assert str(lines[2].pk) in shown
    for one in (lines[1], hers, ended):
        assert f'value="{one.pk}"' not in shown
        refused = as_wei.post(page_of(lines[0], "others"), {"others": [str(one.pk)]})
        assert "can no longer be chosen" in words(refused)
    assert "others" not in Draft.objects.get().content


def test_what_another_window_disputed_meanwhile_is_left_out(
    as_wei: Client, lines: list[Registration], wei: Account, file
) -> None:
    fill_in(as_wei, lines[0], others=ids(lines[1:]))
    version = version_of(as_wei, lines[0])
    first = file(lines[1], wei)
    as_wei.post(page_of(lines[0], "review"), {"version": version})
    assert Dispute.objects.count() == 3
    assert Dispute.objects.get(registration_id=lines[1].pk) == first
