"""The cast in the middle of their lives: numbers, disputes in several states, letters, what carriers said."""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from lookups.carriers.models import Carrier
from lookups.carriers.transports.contract import CarrierEvent
from lookups.disputes import handovers, inbox, services
from lookups.disputes.models import Dispute, Evidence
from lookups.identity import services as identity
from lookups.identity.models import Account
from lookups.registry import services as registry
from lookups.registry.models import Feed, Registration
from tests.cast import REGISTRATION, WEIS_ID, make_citizen, make_registration, sign_in
from tests.disputes.evidence_files import attach

WEIS_PASSPORT = ("PASSPORT-CN", "E12345674")


@dataclass(frozen=True)
class World:
    """What there is, and who may look at it."""

    registration: Registration  # Wei's, and nothing has been done about it
    waiting: Dispute
    at_carrier: Dispute
    question: Dispute
    answered: Dispute
    evidence: Evidence  # in the one at the carrier and in the answered one
    accounts: Mapping[str, Account]

    @property
    def values(self) -> dict[str, str]:
        """Examples for the places in addresses."""
        return {
            "registration_id": str(self.registration.pk),
            "reference": self.answered.reference,
            "dispute_id": str(self.at_carrier.pk),
            "evidence_id": str(self.evidence.pk),
            "page": "statement",
            "code": self.at_carrier.carrier.code,
            "event_name": "troubleTicketStatusChangeEvent",
            "feed_id": str(Feed.objects.filter(carrier=self.at_carrier.carrier).latest("received_at").pk),
        }

    def signed_in(self, name: str) -> Client:
        """A browser of somebody of the cast, with both factors; of nobody for ""."""
        return sign_in(Client(), self.accounts[name]) if name else Client()


@pytest.fixture
def world(
    transactional_db: None,
    settings: Settings,
    northern: Carrier,
    eastern: Carrier,
    western: Carrier,
    lotus: Carrier,
    wei: Account,
    mei: Account,
    ning: Account,
    eli: Account,
    olga: Account,
    pat: Account,
) -> World:
    """Wei has numbers and disputes at Eastern; Mei has a number and a dispute of her own; Western is silent."""
    settings.PORTAL_UNDO_SECONDS = 3600
    waiting = filed(wei, make_registration(wei, eastern, "+8613812340001"))
    settings.PORTAL_UNDO_SECONDS = 0
    at_carrier, question, answered = (
        handed_over(filed(wei, make_registration(wei, eastern, f"+861381234000{n}"))) for n in (2, 3, 4)
    )
    services.ask(question, by=eli, question="When did you lose the card?")
    services.decide(answered, outcome="CONFIRMED", answer="A card was shown.", evidence=REGISTRATION, by=eli)
    handed_over(filed(mei, make_registration(mei, northern, "+8613812340005")))
    registry.confirm(make_registration(wei, lotus, "+8613812340006"), account=wei.pk, subjects=wei.subjects())
    inbox.receive(eastern, event_about(at_carrier))
    return World(
        registration=make_registration(wei, eastern),
        waiting=waiting,
        at_carrier=at_carrier,
        question=question,
        answered=answered,
        evidence=attach(at_carrier, answered),
        accounts={"wei": wei, "mei": mei, "ning": ning, "eli": eli, "olga": olga, "pat": pat},
    )


@pytest.fixture
def wei(db: None) -> Account:
    """With an old passport too."""
    account = make_citizen(("CN-RIC", WEIS_ID), WEIS_PASSPORT, email="wei@example.org")
    identity.add_recovery_codes(account)
    return account


def filed(account: Account, registration: Registration) -> Dispute:
    return services.file(registration, account=account, reason="never_mine", statement="Not me.")


def handed_over(dispute: Dispute) -> Dispute:
    """The dispute as it stands once its carrier has it."""
    handover = dispute.handovers.get()
    handover.messages.update(state="sent", attempts=1)
    with transaction.atomic():
        handovers.accepted(handover, remote_id="")
    dispute.refresh_from_db()
    return dispute


def event_about(dispute: Dispute) -> CarrierEvent:
    return CarrierEvent(
        event_id=base64.b16encode(uuid.uuid4().bytes).decode(),
        kind="acknowledged",
        reference=dispute.reference,
        remote_id="",
        occurred_at=timezone.now(),
        outcome="",
        message="",
        evidence={},
    )
