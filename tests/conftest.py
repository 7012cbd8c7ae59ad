"""How every test runs: on real PostgreSQL and Valkey, as the role ``portal``, with a keyring of its own.

``make test`` starts the servers around pytest (``python -m portal.embedded run --throwaway``); with DATABASE_URL and
REDIS_URL set, those are used.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from playwright.sync_api import Playwright
from pytest_django import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from lookups.vault import keyring
from tests.flushing import flush

# How fast a machine draws examples says nothing about the code.
hypothesis.settings.register_profile("portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("portal")

pytest_plugins = ["tests.cast", "tests.checkout", "tests.template"]


def pytest_configure(config: pytest.Config) -> None:
    """Give every process of the run a keyring of its own: this one, whose settings are read, and those it starts."""
    # After a browser test, Playwright's event loop stays in this thread; Django would take later tests for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    folder = Path(tempfile.mkdtemp(prefix="test-", dir=_var()))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    settings.PORTAL_KEYRING = folder / "keyring.json"
    os.environ["PORTAL_KEYRING"] = str(settings.PORTAL_KEYRING)
    keyring.create(settings.PORTAL_KEYRING)
    # The cast signs in with authenticator apps; tests/identity/test_staff_need_passkeys.py turns it on.
    settings.STAFF_NEED_PASSKEY = False


def _var() -> Path:
    var = Path(__file__).resolve().parent.parent / "var"
    var.mkdir(mode=0o700, exist_ok=True)
    return var


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let go of the portal's connections before the owner drops the test database."""
    yield
    with django_db_blocker.unblock():
        with connections["owner"].cursor() as cursor:
            # Those of a live server whose browser keeps its connection open.
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            )
        connections.close_all()


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Tests that commit are followed by a flush of what they wrote."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: flush())
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once() -> Iterator[None]:
    """Every test's client has middleware of its own, and WhiteNoise's looks at all static files: once is enough."""
    look, found = WhiteNoiseMiddleware.add_files_from_finders, dict[str, StaticFile]()

    def look_once(middleware: WhiteNoiseMiddleware) -> None:
        if not found:
            look(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(WhiteNoiseMiddleware, "add_files_from_finders", look_once)
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every database test both aliases: the owner's connection is what migrates and flushes.

    What takes longest comes first, so that no worker is left alone with it at the end.
    """
    items.sort(key=lambda item: (item.get_closest_marker("stack") is None, item.get_closest_marker("long") is None))
    for item in items:
        for marker in item.iter_markers("django_db"):
            marker.kwargs.setdefault("databases", ["default", "owner"])


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Browser tests need Debian's Chromium; where it must be there (.ci/run), its absence is a failure."""
    if item.get_closest_marker("browser") and CHROMIUM is None:
        if os.environ.get("PORTAL_REQUIRE_BROWSER"):
            pytest.fail("Chromium is missing: apt-get install chromium")
        pytest.skip("Chromium is not installed")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Debian's Chromium, without the requests it makes on its own."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": ["--disable-gpu", *quiet, *sandbox]}


@pytest.fixture(scope="session")
def playwright(playwright: Playwright) -> Iterator[Playwright]:
    """From here on Playwright's loop runs in this very thread, and Django takes every query of a test for a mistake."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield playwright
