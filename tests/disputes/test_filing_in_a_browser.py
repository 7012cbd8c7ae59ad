"""Every reason walked in Chromium on a screen of 360 pixels, by somebody who only taps and types."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from lookups.carriers.models import Carrier
from lookups.disputes.models import Dispute, Reason
from lookups.identity.models import Account
from lookups.registry import services as registry
from lookups.registry.models import Registration
from tests.cast import make_registration, sign_in
from tests.disputes.evidence_files import heic, pdf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: What is tapped or typed on the pages of each reason.
TAPPED: dict[str, list[tuple[str, str]]] = {
    "never_mine": [("No, nobody in my family uses it", "")],
    "cancel": [("I do, but I no longer need it", "")],
    "already_cancelled": [("When did you cancel it?", "March 2024"), ("By phone", "")],
    "given_away": [("Somebody I know", ""), ("When did you give it away?", "Spring 2023")],
    "wrong_details": [("When it began", "")],
    "lost_document": [("It was stolen", ""), ("When was that?", "May 2025")],
}


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, wei: Account, settings: Settings, tmp_path: Path) -> Iterator[Page]:
    """Wei's phone, signed in a moment ago. His pictures of each page lie in the test's folder."""
    settings.PORTAL_UNDO_SECONDS = 7200
    context = browser.new_context(base_url=live_server.url, viewport={"width": 360, "height": 740})
    name = configured.SESSION_COOKIE_NAME
    key = sign_in(Client(), wei).cookies[name].value
    host = urlsplit(live_server.url).hostname
    context.add_cookies([{"name": name, "value": key, "url": f"https://{host}/", "secure": True, "httpOnly": True}])
    page = context.new_page()
    yield page
    context.close()


def look(page: Page, folder: Path, name: str) -> None:
    """Nothing may be wider than the screen, and the page has one heading."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()


@pytest.mark.parametrize("reason", Reason.values)
def test_from_the_card_to_the_reference(
    page: Page, weis_line: Registration, wei: Account, western: Carrier, tmp_path: Path, reason: str
) -> None:
    make_registration(wei, western, "+8613812344473")
    page.goto("/numbers/")
    page.locator(f"#n-{weis_line.pk}").get_by_role("link", name="Not mine").click()
    look(page, tmp_path, f"{reason}-1-reason")
    page.get_by_label(str(Reason(reason).label)).check()
    go_on(page)
    look(page, tmp_path, f"{reason}-2-others")
    go_on(page)
    for number, (tapped, typed) in enumerate(TAPPED[reason], start=3):
        look(page, tmp_path, f"{reason}-{number}")
        page.get_by_label(tapped).fill(typed) if typed else page.get_by_label(tapped).check()
        go_on(page)
    look(page, tmp_path, f"{reason}-5-statement")
    page.locator("textarea").fill("It was a Tuesday, and I was at work all day.")
    go_on(page)
    page.set_input_files("input[type=file]", {"name": "a report.pdf", "mimeType": "application/pdf", "buffer": pdf()})
    page.get_by_role("button", name="Add this file").click()
    expect(page.get_by_text("a report.pdf").first).to_be_visible()
    look(page, tmp_path, f"{reason}-6-evidence")
    page.get_by_role("link", name="Continue").click()
    look(page, tmp_path, f"{reason}-7-review")
    page.get_by_role("button", name="Dispute this number").click()
    expect(page.get_by_text("Your dispute is filed.")).to_be_visible()
    look(page, tmp_path, f"{reason}-8-filed")
    dispute = Dispute.objects.get()
    assert (dispute.reason, dispute.attachments.count()) == (reason, 1)


def test_several_numbers_one_of_them_used_and_a_changed_mind(
    page: Page, weis_line: Registration, wei: Account, western: Carrier, tmp_path: Path
) -> None:
    other = make_registration(wei, western, "+8613812344473")
    registry.confirm(other, account=wei.pk, subjects=wei.subjects())
    page.goto(f"/numbers/{weis_line.pk}/dispute/")
    page.get_by_label("This number was never mine").check()
    go_on(page)
    page.get_by_label("+86 138 •••• 4473").check()
    go_on(page)
    page.get_by_label("I want to ask my family first").check()
    go_on(page)
    go_on(page)
    photo = {"name": "IMG_0042.HEIC", "mimeType": "image/heic", "buffer": heic()}
    page.set_input_files("input[type=file]", photo)
    page.get_by_role("button", name="Add this file").click()
    page.set_input_files("input[type=file]", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"<svg/>"})
    page.get_by_role("button", name="Add this file").click()
    expect(page.get_by_role("alert")).to_contain_text("This file is something else")
    look(page, tmp_path, "several-1-refused")
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("You seem to use this number yourself")
    look(page, tmp_path, "several-2-warning")
    page.get_by_role("button", name="I know, go on").click()
    look(page, tmp_path, "several-3-review")
    page.get_by_role("link", name=re.compile("Change.*Asked your family")).click()
    page.get_by_label("No, nobody in my family uses it").check()
    go_on(page)
    page.get_by_role("button", name="Dispute these 2 numbers").click()
    expect(page.get_by_text("Your 2 disputes are filed.")).to_be_visible()
    look(page, tmp_path, "several-4-filed")
    assert Dispute.objects.count() == 2


def test_asking_the_family_first(page: Page, weis_line: Registration, tmp_path: Path) -> None:
    page.goto(f"/numbers/{weis_line.pk}/dispute/")
    page.get_by_label("This number was never mine").check()
    go_on(page)
    page.get_by_label("I want to ask my family first").check()
    go_on(page)
    go_on(page)
    page.get_by_role("link", name="Go on without a file").click()
    look(page, tmp_path, "family-1-review")
    page.get_by_role("button", name="Keep it, I ask my family first").click()
    expect(page.get_by_role("heading", name="What did your family say?")).to_be_visible()
    look(page, tmp_path, "family-2-kept")
    page.get_by_role("link", name="Nobody uses it: dispute it").click()
    look(page, tmp_path, "family-3-go-on")
    page.get_by_role("button", name="Yes, dispute it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("is about to leave")
    look(page, tmp_path, "family-4-waiting")
