"""A carrier with a system of its own (the sandbox carrier, a real process) and Wei's number there."""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from lookups.carriers.models import Carrier, Channel
from lookups.disputes import handovers, services
from lookups.disputes.models import Dispute
from lookups.identity.models import Account
from lookups.outbox.drain import drain
from lookups.registry.models import Registration
from tests.cast import make_registration
from tests.doubles.sandbox import SandboxCarrier


@pytest.fixture
def weis_line(wei: Account, northern: Carrier) -> Registration:
    """A line under Wei's ID at Northern that he never took."""
    return make_registration(wei, northern)


@pytest.fixture
def file(settings: Settings) -> Callable[..., Dispute]:
    """File a dispute; the undo window is over at once unless ``undo`` (seconds) says otherwise."""

    def file(registration: Registration, account: Account, *, undo: float = 0, **words: str) -> Dispute:
        settings.PORTAL_UNDO_SECONDS = undo
        known = {"reason": "never_mine", "statement": "I have never been to Liuzhou."} | words
        return services.file(registration, account=account, **known)

    return file


@pytest.fixture
def deliver() -> Callable[[Carrier], None]:
    """Empty a carrier's mailbox, as a worker does."""
    return lambda carrier: (drain(handovers.DELIVERY, carrier.channel.pk, budget=10), None)[1]


@pytest.fixture
def sandbox(northern: Carrier, live_server: LiveServer, settings: Settings) -> Iterator[SandboxCarrier]:
    """Northern's own system. It answers when told to, and reports to our listener."""
    settings.INSECURE_LOOPBACK = True
    settings.OUTBOX_RETRY_SCHEDULE = [0.0] * 8
    callback = f"{live_server.url}/tmf-api/troubleTicket/v5/carriers/northern"
    with SandboxCarrier(callback=callback) as carrier:
        point(northern.channel, carrier)
        yield carrier


def point(channel: Channel, carrier: SandboxCarrier) -> None:
    """Let a channel lead to a sandbox carrier."""
    channel.kind = "tmforum"
    channel.settings = {"base_url": carrier.base_url, "allowed_hosts": ["127.0.0.1"], "timeout": 1, "deadline": 3}
    channel.token = carrier.token
    channel.webhook_secret = carrier.webhook_secret
    channel.save()


def handed_over(dispute: Dispute) -> Dispute:
    """The dispute as it stands once its carrier has it, without anything having been sent."""
    handover = dispute.handovers.get()
    handover.messages.update(state="sent", attempts=1)
    with transaction.atomic():
        handovers.accepted(handover, remote_id="")
    dispute.refresh_from_db()
    return dispute
