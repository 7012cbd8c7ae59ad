"""Disputes at two carriers, with a clerk at each."""

from collections.abc import Callable

import pytest
from django.db import transaction
from pytest_django import Settings

from lookups.carriers.models import Carrier
from lookups.disputes import handovers, services
from lookups.disputes.models import Dispute
from lookups.identity.models import Account
from tests.cast import make_registration


@pytest.fixture
def handed_over(settings: Settings) -> Callable[[Account, Carrier], Dispute]:
    """A dispute about a line at this carrier that has reached it."""

    def handed_over(account: Account, carrier: Carrier, number: str = "+8613812344471") -> Dispute:
        settings.PORTAL_UNDO_SECONDS = 0
        registration = make_registration(account, carrier, number)
        dispute = services.file(registration, account=account, reason="never_mine", statement="Not me.")
        handover = dispute.handovers.get()
        handover.messages.update(state="sent", attempts=1)
        with transaction.atomic():
            handovers.accepted(handover, remote_id="")
        dispute.refresh_from_db()
        return dispute

    return handed_over


@pytest.fixture
def at_eastern(transactional_db: None, wei: Account, eastern: Carrier, handed_over) -> Dispute:
    return handed_over(wei, eastern)


@pytest.fixture
def at_northern(transactional_db: None, mei: Account, northern: Carrier, handed_over) -> Dispute:
    return handed_over(mei, northern, "+8613812345555")
