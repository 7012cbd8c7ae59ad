"""More words for whoever decides, without having been asked: as long as somebody is to decide."""

import pytest
from django.test import Client

from lookups.disputes import services
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.disputes.moves import MoveRefused
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.disputes.conftest import handed_over
from tests.overview.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispute(wei: Account, weis_line: Registration, file) -> Dispute:
    return handed_over(file(weis_line, wei))


def test_it_goes_to_the_carrier_word_for_word_and_stands_in_the_letter(as_wei: Client, dispute: Dispute) -> None:
    address = f"/disputes/{dispute.reference}/more/"
    assert "Write more about it" in words(as_wei.get(dispute.get_absolute_url()))
    assert as_wei.post(address, {"text": "I found the <old> contract."}).url == dispute.get_absolute_url()
    assert HandoverMessage.objects.get(kind="note").payload == {"text": "I found the <old> contract."}
    page = as_wei.get(dispute.get_absolute_url())
    assert "You wrote more about it" in words(page)
    assert "I found the &lt;old&gt; contract." in page.content.decode()


def test_nothing_is_asked_for(as_wei: Client, dispute: Dispute) -> None:
    page = as_wei.post(f"/disputes/{dispute.reference}/more/", {"text": " "})
    assert "Write at least a sentence." in words(page)
    assert not HandoverMessage.objects.filter(kind="note").exists()


def test_nobody_elses(as_mei: Client, dispute: Dispute) -> None:
    assert as_mei.post(f"/disputes/{dispute.reference}/more/", {"text": "Hello."}).status_code == 404


def test_once_nobody_decides_any_more_it_is_too_late(as_wei: Client, wei: Account, dispute: Dispute) -> None:
    services.withdraw(dispute, account=wei)
    with pytest.raises(MoveRefused):
        services.say_more(dispute, account=wei, text="But.")
    assert as_wei.get(f"/disputes/{dispute.reference}/more/").status_code == 302
