"""Coming back into an account in Chromium: with a passkey it has, with a new one, and closing it (S9, S10)."""

import re
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from lookups.identity import passkeys, services, tasks
from lookups.identity.models import Account, AuthenticatorApp, Passkey, Recovery
from lookups.jurisdictions import schemes
from lookups.notices.models import Notice
from lookups.notices.services import render
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD, Person
from tests.identity.authenticator import Device, show_password, type_code
from tests.identity.test_passkeys_in_a_browser import add_passkey

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NEW_PASSWORD = "eleven herons over the weir"


def prove(page: Page, base: str) -> None:
    """From "forgotten" to the question for the second factor."""
    code = services.issue_code(schemes.subject_of("CN-RIC", LIN_MEIS_CARD), scheme="CN-RIC", recovery=True)
    page.goto(f"{base}/sign-in/forgotten/")
    page.get_by_label("Number of the document").fill(LIN_MEIS_CARD)
    page.get_by_label("Activation code").fill(code)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_label("The same password again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Do you still have your second factor?")


def test_s9_a_passkey_that_is_still_there_lets_its_owner_in(base: str, browser: Browser, lin_mei: Person) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 800}).new_page()
    Device(page)
    show_password(page, base, lin_mei)
    type_code(page, lin_mei.code())
    page.wait_for_url("**/numbers/")
    add_passkey(page, base)
    page.get_by_role("button", name="Sign out", exact=True).click()
    prove(page, base)
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/numbers/")
    page.context.close()
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.check_password(NEW_PASSWORD)
    assert passkeys.has_any(lin_mei.account)
    assert not Recovery.objects.exists()


def test_s9_a_new_passkey_waits_and_then_takes_the_place_of_everything(
    base: str, browser: Browser, lin_mei: Person
) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 800}).new_page()
    Device(page)
    prove(page, base)
    page.get_by_role("link", name="Set up a new one").click()
    page.get_by_role("button", name="Use this phone or computer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your way back is open in 24 hours")
    expect(page.locator("ul.codes li")).to_have_count(10)
    page.get_by_role("button", name="I have kept them").click()
    assert not Passkey.objects.exists()
    waiting = Recovery.objects.get()
    assert waiting.passkey is not None
    assert AuthenticatorApp.objects.exists()

    Recovery.objects.update(takes_effect_at=timezone.now())
    tasks.finish_recoveries()
    assert not AuthenticatorApp.objects.exists()
    assert Recovery.objects.get().passkey is None
    show_password(page, base, lin_mei, password=NEW_PASSWORD)
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/numbers/")
    page.context.close()
    assert Passkey.objects.get().user == lin_mei.account


def test_s10_this_was_not_me_closes_the_account(base: str, browser: Browser, lin_mei: Person) -> None:
    thief = browser.new_context().new_page()
    prove(thief, base)
    thief.get_by_role("link", name="Set up a new one").click()
    Device(thief)
    thief.get_by_role("button", name="Use this phone or computer").click()
    thief.get_by_role("button", name="I have kept them").click()
    thief.context.close()

    (link,) = re.findall(r"https?://\S+/account/freeze/\S+", render(Notice.objects.get())[1])
    page = browser.new_context(viewport={"width": 360, "height": 800}).new_page()
    page.goto(base + urlsplit(link).path)
    assert Account.objects.get().is_active, "opening the link does nothing"
    page.get_by_role("button", name="Close the account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The account is closed")
    account = Account.objects.get()
    assert not account.is_active
    assert Recovery.objects.get().ended_at is not None
    page.goto(f"{base}/sign-in/")
    page.get_by_label("Number of the document").fill(LIN_MEIS_CARD)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.context.close()
