"""A snapshot that would end too much: held, seen and released in the console in Chromium, and then numbers change."""

import datetime
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from lookups.carriers import tokens
from lookups.carriers.models import Carrier
from lookups.identity.models import Account
from lookups.registry.models import Feed, FeedState, Registration
from tests.cast import PASSWORD, WEIS_ID, code_for, make_carrier, make_citizen, make_clerk
from tests.doubles.sandbox import wait_until
from tests.identity.authenticator import type_code
from tests.registry.conftest import csv_of, row, take_in
from tests.whole.running import RunningPortal
from tests.whole.test_feeds_over_a_socket import put

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.long]


def rows(count: int) -> bytes:
    return csv_of(*(row(phone_number=f"+861381234{number:04d}") for number in range(count)))


def sign_in_as_supervisor(page: Page, base: str) -> None:
    page.goto(f"{base}/sign-in/staff/")
    page.get_by_label("E-mail").fill("sun@northern.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    type_code(page, code_for())
    page.wait_for_url("**/console/")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture
def carrier(transactional_db: None, settings: Settings, tmp_path: Path) -> Carrier:
    settings.FEEDS_FOLDER = tmp_path / "feeds"
    carrier = make_carrier("northern", "Northern Telecom")
    make_clerk(carrier, "sun@northern.example", "Sun", role="supervisor")
    take_in(carrier, rows(100), as_of=datetime.datetime(2026, 11, 10, tzinfo=datetime.UTC))
    return carrier


@pytest.fixture
def wei(transactional_db: None) -> Account:
    return make_citizen(("CN-RIC", WEIS_ID))


def test_it_is_held_seen_released_and_then_the_numbers_change(
    browser: Browser, carrier: Carrier, wei: Account, tmp_path: Path
) -> None:
    with RunningPortal(tmp_path, PORTAL_STAFF_NEED_PASSKEY="0") as portal:
        portal.start_web()
        portal.start_importer()
        portal.wait_for_web()
        status, told = put(portal, tokens.renew(carrier), rows(55), len(rows(55)))
        assert status == 202, json.dumps(told)
        feed = Feed.objects.get(pk=str(told["id"]))
        wait_until(lambda: Feed.objects.get(pk=feed.pk).state == FeedState.HELD, seconds=60)
        assert Registration.objects.running().count() == 100

        page = browser.new_context(viewport={"width": 1000, "height": 800}).new_page()
        sign_in_as_supervisor(page, portal.url)
        page.goto(f"{portal.url}/console/registry/feed/")
        expect(page.get_by_text("held, nothing was changed yet").first).to_be_visible()
        assert fits(page)
        page.locator("#result_list tbody tr", has_text="held").get_by_role("link").click()
        expect(page.get_by_text("The snapshot would end 45 of 100 records, at most 20 % may.")).to_be_visible()
        assert fits(page)
        page.screenshot(path=str(tmp_path / "held.png"))
        page.get_by_role("button", name="Release").click()
        expect(page.get_by_text("Released. It is read within a minute.")).to_be_visible()

        wait_until(lambda: Feed.objects.get(pk=feed.pk).state == FeedState.APPLIED, seconds=60)
        page.reload()
        expect(page.locator(".settled", has_text="applied")).to_be_visible()
        expect(page.locator("dl.pairs", has_text="Released")).to_contain_text("Sun")
        expect(page.locator("dl.pairs", has_text="Ended")).to_contain_text("45")
        page.screenshot(path=str(tmp_path / "applied.png"))
        page.context.close()
    assert Registration.objects.running().count() == 55
    assert Registration.objects.of(wei.subjects()).running().count() == 55


def test_a_clerk_uploads_one_in_the_browser(browser: Browser, carrier: Carrier, tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes(rows(90))
    with RunningPortal(tmp_path, PORTAL_STAFF_NEED_PASSKEY="0") as portal:
        portal.start_web()
        portal.start_importer()
        portal.wait_for_web()
        page = browser.new_context(viewport={"width": 1000, "height": 800}).new_page()
        sign_in_as_supervisor(page, portal.url)
        page.goto(f"{portal.url}/console/registry/feed/")
        page.get_by_role("link", name="Deliver a feed").click()
        page.get_by_label("Everything the carrier holds").check()
        page.get_by_label("As of").fill("2026-11-20T08:00")
        page.get_by_label("File").set_input_files(file)
        assert fits(page)
        page.screenshot(path=str(tmp_path / "deliver.png"))
        page.get_by_role("button", name="Deliver", exact=True).click()
        expect(page.get_by_text("Received. It is read within a minute.")).to_be_visible()
        wait_until(lambda: Feed.objects.filter(came_by="console", state=FeedState.APPLIED).exists(), seconds=60)
        page.reload()
        expect(page.locator("dl.pairs", has_text="Ended")).to_contain_text("10")
        page.context.close()
    assert Registration.objects.running().count() == 90
