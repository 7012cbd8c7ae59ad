"""Who looked: the citizen reads each look, with the organisation it came from (promise 8)."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from lookups.audit import services as audit
from lookups.audit.models import AccessRecord
from lookups.carriers.models import Carrier
from lookups.disputes import services
from lookups.disputes.models import Dispute
from lookups.identity.models import Account
from lookups.overview import activity
from tests.cast import make_registration
from tests.overview.pages import words
from tests.whole.conftest import handed_over

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dispute(wei: Account, eastern: Carrier, settings: Settings) -> Dispute:
    settings.PORTAL_UNDO_SECONDS = 0
    line = make_registration(wei, eastern)
    return handed_over(services.file(line, account=wei, reason="never_mine", statement="Not me."))


def test_before_anybody_looked(as_wei: Client) -> None:
    assert "Nobody has looked at your records yet." in words(as_wei.get("/activity/"))


def test_ones_own_visits_are_there(as_wei: Client, northern: Carrier) -> None:
    as_wei.get("/numbers/")
    assert "You · Looked up the numbers under your ID" in words(as_wei.get("/activity/"))


def test_a_clerks_look_names_the_organisation_and_the_dispute(as_wei: Client, as_eli: Client, dispute: Dispute) -> None:
    page = reverse("admin:disputes_dispute_change", args=[dispute.pk])
    assert as_eli.get(page).status_code == 200
    text = words(as_wei.get("/activity/"))
    assert f"Eastern Link (Carrier staff) · Opened a dispute For dispute {dispute.reference}" in text
    assert f"Eastern Link (Carrier staff) · Was sent a dispute For dispute {dispute.reference}" in text
    assert "Eli" not in text, "the organisation, not the person"


def test_a_clerks_list_is_a_look_too(as_wei: Client, as_eli: Client, dispute: Dispute) -> None:
    assert as_eli.get(reverse("admin:disputes_dispute_changelist")).status_code == 200
    assert "Eastern Link (Carrier staff) · Saw it in a list of disputes" in words(as_wei.get("/activity/"))


def test_an_officers_look_says_so(as_wei: Client, as_olga: Client, dispute: Dispute) -> None:
    as_olga.get(reverse("admin:disputes_dispute_change", args=[dispute.pk]))
    assert "(Regulator's officer) · Opened a dispute" in words(as_wei.get("/activity/"))


def test_a_clerk_who_was_refused_saw_nothing(as_wei: Client, as_ning: Client, dispute: Dispute) -> None:
    before = AccessRecord.objects.count()
    assert as_ning.get(reverse("admin:disputes_dispute_change", args=[dispute.pk])).status_code == 404
    assert AccessRecord.objects.count() == before


def test_looks_at_somebody_else_are_not_shown(as_wei: Client, mei: Account) -> None:
    audit.record(mei.subjects(), action="looked_up", actor_kind="carrier", organisation="Northern Telecom")
    text = words(as_wei.get("/activity/"))
    assert "Northern Telecom" not in text
    assert "Nobody has looked at your records yet." in text


def test_the_newest_look_stands_first_and_many_are_cut(as_wei: Client, wei: Account) -> None:
    for n in range(activity.SHOWN + 5):
        audit.record(wei.subjects(), action="looked_up", actor_kind="carrier", organisation=f"Carrier {n:03}")
    text = words(as_wei.get("/activity/"))
    newest, next_one = text.index(f"Carrier {activity.SHOWN + 4:03}"), text.index(f"Carrier {activity.SHOWN + 3:03}")
    assert newest < next_one
    assert "Carrier 004" not in text
