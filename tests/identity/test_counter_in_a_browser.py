"""The third way to enrol, in Chromium: a clerk of the authority hands over a code, the citizen uses it at home (S2)."""

import pytest
from playwright.sync_api import Browser, expect

from lookups.identity.models import Account, Role
from lookups.jurisdictions import schemes
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD, code_of_words
from tests.identity.authenticator import show_password, type_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_s2_from_the_counter_to_the_numbers(base: str, browser: Browser) -> None:
    clerk = identity.staff(Role.AUTHORITY, email="hu@authority.example", label="Clerk Hu")
    counter = browser.new_context().new_page()
    show_password(counter, base, clerk)
    type_code(counter, clerk.code())
    counter.get_by_role("link", name="Codes handed over at the counter").first.click()
    counter.get_by_label("Number of the document").fill(LIN_MEIS_CARD)
    counter.get_by_role("checkbox").check()
    counter.get_by_role("button", name="Make a code").click()
    code = counter.locator(".big-code").inner_text()
    assert LIN_MEIS_CARD not in counter.content()
    counter.goto(counter.url)
    assert counter.locator(".big-code").count() == 0, "shown once"
    counter.context.close()

    page = browser.new_context(viewport={"width": 360, "height": 800}).new_page()
    page.goto(f"{base}/enrol/")
    page.get_by_label("Number of the document").fill(LIN_MEIS_CARD)
    page.get_by_label("Activation code").fill(code)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Use an authenticator app").click()
    page.get_by_label("Code").fill(code_of_words(page.locator("p.code").inner_text()))
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="I have kept them").click()
    page.wait_for_url("**/numbers/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.context.close()
    assert Account.objects.get(role=Role.CITIZEN).subjects() == [schemes.subject_of("CN-RIC", LIN_MEIS_CARD)]
