"""A small sample world, in demo mode, with a var folder of the test's own."""

from pathlib import Path

import pytest
from pytest_django import Settings

from lookups.demo import world

SMALL = world.Size(registrations=400, people=120)


@pytest.fixture(autouse=True)
def var(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR = tmp_path
    settings.PORTAL_DEMO = True
    settings.PORT = 8000
    return tmp_path


@pytest.fixture
def small_world(db: None) -> None:
    world.make(seed=7, size=SMALL, tell=lambda _: None)
