"""Chromium with a virtual authenticator: a device that makes passkeys, and that nobody here wrote."""

from typing import Any

from playwright.sync_api import CDPSession, Page

from tests.factories.identity import PASSWORD, Person


class Device:
    """The authenticator of one browser; its user is verified (fingerprint, PIN) unless told otherwise."""

    def __init__(self, page: Page) -> None:
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable", {"enableUI": False})
        made = self.cdp.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        self.id: str = made["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        """What it holds, private keys and counters included."""
        found: list[dict[str, Any]] = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found

    def put(self, credential: dict[str, Any]) -> None:
        """Give it a credential, as somebody would who copied one; it replaces one of the same id."""
        held = {"authenticatorId": self.id, "credentialId": credential["credentialId"]}
        if any(one["credentialId"] == credential["credentialId"] for one in self.credentials()):
            self.cdp.send("WebAuthn.removeCredential", held)
        self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})

    def verifies_its_user(self, verified: bool) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": verified})


def show_password(page: Page, base: str, person: Person, *, password: str = PASSWORD) -> None:
    """The first factor, up to the page that asks for the second."""
    page.goto(f"{base}/sign-in/staff/" if person.email else f"{base}/sign-in/")
    page.locator("form.form input[type=text], form.form input[type=email]").fill(person.email or person.number)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/sign-in/code/")


def type_code(page: Page, code: str) -> None:
    page.locator("input[autocomplete=one-time-code]").fill(code)
    page.locator("form.form button[type=submit]").click()
