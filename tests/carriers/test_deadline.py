"""A send never lasts longer than the outbox's lease, whatever a channel's settings say."""

import pytest

from lookups.carriers.transports.contract import Address
from lookups.carriers.transports.http import Limits
from lookups.carriers.transports.tmforum import TMForumTransport

URL = "https://tickets.example/tmf-api/troubleTicket/v5"


@pytest.mark.parametrize(("set_to", "in_force"), [(None, 25.0), (40, 40.0), (40.5, 40.0), (60, 40.0)])
def test_sending_caps_the_deadline(set_to: float | None, in_force: float) -> None:
    assert Limits.of({"deadline": set_to}).total == in_force


def test_the_check_refuses_a_longer_one() -> None:
    address = Address({"base_url": URL, "deadline": 41}, "a-token", ("tickets.example",))
    (finding,) = TMForumTransport(address).check_config()
    assert not finding.ok
    assert "40 seconds at most" in finding.detail
