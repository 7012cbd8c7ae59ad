"""What the carriers' tests share: one sandbox carrier for each file, emptied before each test."""

from collections.abc import Iterator

import pytest

from lookups.carriers.transports.contract import Address
from lookups.carriers.transports.tmforum import TMForumTransport
from tests.carriers.letters import address_of
from tests.doubles.sandbox import SandboxCarrier


@pytest.fixture(scope="module")
def _carrier() -> Iterator[SandboxCarrier]:
    with SandboxCarrier() as carrier:
        yield carrier


@pytest.fixture
def carrier(_carrier: SandboxCarrier) -> SandboxCarrier:
    """A sandbox carrier without tickets that answers nothing of its own accord."""
    _carrier.reset()
    return _carrier


@pytest.fixture
def address(carrier: SandboxCarrier) -> Address:
    return address_of(carrier)


@pytest.fixture
def transport(address: Address) -> TMForumTransport:
    return TMForumTransport(address)
