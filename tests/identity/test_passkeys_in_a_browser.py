"""Passkeys in Chromium, with its virtual authenticator: made in enrolment, shown at sign-in and step-up (S4, S11)."""

import time
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from lookups.identity.models import Account, AuthenticatorApp, Enrolment, Passkey
from lookups.identity.services import add_recovery_codes
from lookups.notices.models import Notice
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, PASSWORD, Person, signed_in
from tests.identity.authenticator import Device, show_password, type_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.long]


@pytest.fixture
def a_page(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Browsers of different people."""
    contexts = []

    def fresh() -> Page:
        contexts.append(browser.new_context(viewport={"width": 360, "height": 800}))
        return contexts[-1].new_page()

    yield fresh
    for context in contexts:
        context.close()


def add_passkey(page: Page, base: str) -> None:
    page.goto(f"{base}/account/passkey/")
    page.get_by_role("button", name="Use this phone or computer").click()
    expect(page.get_by_text("The passkey was added.")).to_be_visible()


def signed_in_with_a_passkey(page: Page, base: str, person: Person) -> Device:
    device = Device(page)
    show_password(page, base, person)
    type_code(page, person.code())
    page.wait_for_url("**/numbers/")
    add_passkey(page, base)
    return device


def test_s4_enrolment_offers_it_first_and_it_signs_in_and_steps_up(base: str, a_page: Callable[[], Page]) -> None:
    code = identity.activation_code()
    page = a_page()
    device = Device(page)
    page.goto(f"{base}/enrol/")
    page.get_by_label("Number of the document").fill(LIN_MEIS_CARD)
    page.get_by_label("Activation code").fill(code)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Use this phone or computer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Keep these recovery codes")
    page.get_by_role("button", name="I have kept them").click()
    page.wait_for_url("**/numbers/")

    account = Account.objects.get()
    passkey = Passkey.objects.get(user=account)
    assert not AuthenticatorApp.objects.exists()
    assert len(passkey.user_handle) == 64
    assert [one["rpId"] for one in device.credentials()] == ["localhost"]
    assert LIN_MEIS_CARD not in str(device.credentials())

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    began = time.monotonic()
    show_password(page, base, Person(account, number=LIN_MEIS_CARD))
    before = cookie(page)
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/numbers/")
    print(f"\nsign-in with password and passkey: {time.monotonic() - began:.2f} s")
    assert cookie(page) != before, "S11: a new session key after the second factor"
    passkey.refresh_from_db()
    assert passkey.sign_count > 0

    before = cookie(page)
    page.goto(f"{base}/sign-in/again/?next=/account/")
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url(f"{base}/account/")
    assert cookie(page) != before, "S11: a new session key at step-up"
    expect(page.get_by_text("Passkey, made with Chrome on Linux")).to_be_visible()
    expect(page.get_by_text("This browser")).to_be_visible()
    assert page.get_by_role("link", name="Remove").count() == 0, "the last factor stays"


def test_an_authenticator_app_signs_in_too(base: str, a_page: Callable[[], Page], lin_mei: Person) -> None:
    page = a_page()
    began = time.monotonic()
    show_password(page, base, lin_mei)
    assert page.get_by_role("button", name="Use my passkey").count() == 0
    type_code(page, lin_mei.code())
    page.wait_for_url("**/numbers/")
    print(f"\nsign-in with password and authenticator app: {time.monotonic() - began:.2f} s")


def test_without_javascript_there_is_no_button_and_the_other_ways_stay(
    base: str, browser: Browser, lin_mei: Person, a_page: Callable[[], Page]
) -> None:
    signed_in_with_a_passkey(a_page(), base, lin_mei)
    code = add_recovery_codes(lin_mei.account)[0]
    page = browser.new_context(java_script_enabled=False).new_page()
    show_password(page, base, lin_mei)
    assert page.get_by_role("button", name="Use my passkey").count() == 0
    type_code(page, code)
    expect(page.get_by_role("heading", level=1)).to_have_text("Keep this new recovery code")
    page.get_by_role("button", name="I have kept it").click()
    page.wait_for_url("**/numbers/")
    page.goto(f"{base}/account/passkey/")
    expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()
    page.context.close()


def test_a_passkey_of_another_account_is_refused(
    base: str, a_page: Callable[[], Page], lin_mei: Person, wang_fang: Person
) -> None:
    """The device answers with Wang Fang's key: the script is made to ask for any key that it holds."""
    signed_in_with_a_passkey(a_page(), base, lin_mei)
    page = a_page()
    device = signed_in_with_a_passkey(page, base, wang_fang)
    counted = Passkey.objects.get(user=wang_fang.account).sign_count
    page.context.clear_cookies()
    page.route("**/sign-in/passkey/", lambda route: _ask_for_any(route))
    show_password(page, base, lin_mei)
    page.get_by_role("button", name="Use my passkey").click()
    expect(page.get_by_text("This passkey did not work.")).to_be_visible()
    page.goto(f"{base}/numbers/")
    page.wait_for_url("**/sign-in/code/")
    assert device.credentials()
    assert Passkey.objects.get(user=wang_fang.account).sign_count == counted
    assert Passkey.objects.filter(last_used_at=None).count() == 2


def test_a_copied_key_whose_counter_did_not_grow_is_refused(
    base: str, a_page: Callable[[], Page], lin_mei: Person
) -> None:
    page = a_page()
    device = signed_in_with_a_passkey(page, base, lin_mei)
    copied = device.credentials()[0]
    page.context.clear_cookies()
    show_password(page, base, lin_mei)
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/numbers/")
    counted = Passkey.objects.get().sign_count
    device.put({**copied, "signCount": 0})
    page.context.clear_cookies()
    show_password(page, base, lin_mei)
    page.get_by_role("button", name="Use my passkey").click()
    expect(page.get_by_text("This passkey did not work.")).to_be_visible()
    assert Passkey.objects.get().sign_count == counted


def test_a_device_that_does_not_verify_its_user_makes_no_passkey_and_shows_none(
    base: str, a_page: Callable[[], Page], lin_mei: Person
) -> None:
    page = a_page()
    device = signed_in_with_a_passkey(page, base, lin_mei)
    device.verifies_its_user(False)
    page.goto(f"{base}/sign-in/again/?next=/account/")
    page.get_by_role("button", name="Use my passkey").click()
    expect(page.get_by_text("That did not work, or it was cancelled.")).to_be_visible()
    assert "/sign-in/again/" in page.url


def test_s11_a_new_passkey_ends_the_sessions_elsewhere(
    base: str, a_page: Callable[[], Page], client: Client, lin_mei: Person
) -> None:
    elsewhere = signed_in(client, lin_mei.account)
    assert elsewhere.get("/account/").status_code == 200
    signed_in_with_a_passkey(a_page(), base, lin_mei)
    assert elsewhere.get("/account/").status_code == 302


def test_one_device_makes_one_passkey_for_one_account(base: str, a_page: Callable[[], Page], lin_mei: Person) -> None:
    page = a_page()
    signed_in_with_a_passkey(page, base, lin_mei)
    page.goto(f"{base}/account/passkey/")
    page.get_by_role("button", name="Use this phone or computer").click()
    expect(page.get_by_text("This device has a passkey for your account already.")).to_be_visible()
    assert Passkey.objects.count() == 1
    assert Notice.objects.filter(kind="security_change").count() == 1


def test_s4_staff_with_a_code_alone_reach_nothing_until_they_have_a_passkey(
    base: str, a_page: Callable[[], Page], officer: Person, settings: Settings
) -> None:
    settings.STAFF_NEED_PASSKEY = True
    page = a_page()
    Device(page)
    show_password(page, base, officer)
    type_code(page, officer.code())
    page.wait_for_url(f"{base}/account/passkey/")
    page.goto(f"{base}/console/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a passkey")
    page.get_by_role("button", name="Use this phone or computer").click()
    page.wait_for_url(f"{base}/console/")
    assert not Enrolment.objects.exists()


def test_the_page_warns_before_the_session_ends_and_one_click_stays(
    base: str, a_page: Callable[[], Page], lin_mei: Person, settings: Settings
) -> None:
    """S11: with two minutes of idle time the dialog opens at once; with more it closes when its button is pressed."""
    page = a_page()
    show_password(page, base, lin_mei)
    type_code(page, lin_mei.code())
    page.wait_for_url("**/numbers/")
    assert page.locator("dialog[open]").count() == 0
    settings.SESSION_IDLE_SECONDS = {"citizen": 110, "staff": 110}
    page.goto(f"{base}/account/")
    expect(page.get_by_text("Are you still there?")).to_be_visible()
    settings.SESSION_IDLE_SECONDS = {"citizen": 900, "staff": 600}
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_text("Are you still there?")).not_to_be_visible()


def cookie(page: Page) -> str:
    return next(one["value"] for one in page.context.cookies() if one["name"] == "__Host-session")


def _ask_for_any(route) -> None:  # type: ignore[no-untyped-def]
    answer = route.fetch()
    options = answer.json()
    route.fulfill(response=answer, json={**options, "allowCredentials": []})
