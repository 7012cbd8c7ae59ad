"""A citizen's "this is mine": reversible, written down, and only about one's own."""

import pytest

from lookups.audit.models import AccessRecord, Action
from lookups.carriers.models import Carrier
from lookups.identity.models import Account
from lookups.registry import services
from lookups.registry.models import Confirmation
from tests.cast import make_registration

pytestmark = pytest.mark.django_db


def test_confirming_and_taking_it_back(wei: Account, northern: Carrier) -> None:
    line = make_registration(wei, northern)
    services.confirm(line, account=wei.pk, subjects=wei.subjects())
    services.confirm(line, account=wei.pk, subjects=wei.subjects())
    assert Confirmation.objects.get().registration_id == line.pk
    services.unconfirm(line, account=wei.pk, subjects=wei.subjects())
    services.unconfirm(line, account=wei.pk, subjects=wei.subjects())
    assert not Confirmation.objects.exists()
    told = AccessRecord.objects.order_by("at").values_list("action", "actor", "about", "subject")
    assert list(told) == [
        (Action.CONFIRMED, wei.pk, str(line.pk), line.subject),
        (Action.UNCONFIRMED, wei.pk, str(line.pk), line.subject),
    ]


def test_nobody_confirms_for_others(wei: Account, mei: Account, northern: Carrier) -> None:
    line = make_registration(wei, northern)
    services.confirm(line, account=wei.pk, subjects=wei.subjects())
    for act in (services.confirm, services.unconfirm):
        with pytest.raises(services.NotYours):
            act(line, account=mei.pk, subjects=mei.subjects())
    assert Confirmation.objects.get().account == wei.pk
    assert AccessRecord.objects.count() == 1
