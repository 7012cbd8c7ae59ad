"""Enrolment with the national eID in Chromium, at the provider from PyPI: no letter, no script, our strict CSP (S2)."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from lookups.identity.models import Account, EidIdentity
from lookups.jurisdictions import schemes
from tests.doubles import eid
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD, code_of_words
from tests.identity.eid_journeys import configured
from tests.ports import free_port

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _browser_and_database() -> Iterator[None]:
    """Playwright runs a loop in this thread, while the test looks into the database from it (and empties it)."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def issuer() -> Iterator[str]:
    with eid.provider_process(free_port(), {"sub": "lin", eid.ID_CLAIM: LIN_MEIS_CARD, "acr": eid.ACR}) as url:
        yield url


def test_s2_from_the_eid_to_the_recovery_codes(
    live_server: LiveServer, settings: Settings, browser: Browser, issuer: str
) -> None:
    base = live_server.url.replace("127.0.0.1", "localhost")
    settings.CSRF_TRUSTED_ORIGINS = [base]
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Security" in message.text else None)
    with configured(issuer, PORTAL_BASE_URL=base):
        began = time.monotonic()
        page.goto(f"{base}/enrol/")
        page.get_by_role("button", name="Continue with my eID").click()
        expect(page.get_by_role("heading", name="On to your eID")).to_be_visible()
        page.get_by_role("link", name=re.compile("Go to")).click()
        assert page.url.startswith(issuer)
        page.get_by_role("button", name="lin", exact=True).click()
        page.wait_for_url("**/enrol/password/")
        assert "code=" not in page.url
        page.locator("input[type=password]").nth(0).fill(PASSWORD)
        page.locator("input[type=password]").nth(1).fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url("**/enrol/passkey/")
        page.get_by_role("link", name="Use an authenticator app").click()
        page.get_by_label("Code").fill(code_of_words(page.locator("p.code").inner_text()))
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url("**/enrol/recovery-codes/")
        expect(page.locator("ul.codes li")).to_have_count(10)
        page.get_by_role("button", name="I have kept them").click()
        page.wait_for_url("**/numbers/")
        print(f"eID to the numbers in {time.monotonic() - began:.1f} s")
    context.close()
    assert refused == []
    account = Account.objects.get()
    assert account.subjects() == [schemes.subject_of("CN-RIC", LIN_MEIS_CARD)]
    assert EidIdentity.objects.get().account == account
