"""The whole story in a real browser, on the whole portal: sign-in, numbers, dispute, carrier's answer, outcome.

Every process is real: `make run` in a fresh checkout, with its own PostgreSQL and Valkey, worker, beat and sandbox
carriers. What each part took is printed (`pytest -s`), not judged.
"""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.embedded import processes
from tests.checkout import Run, running

pytestmark = [pytest.mark.browser, pytest.mark.stack]

PATIENCE = 60_000  # milliseconds
USED: dict[str, str] = {}  # the last code of each person: none is taken twice


@pytest.fixture(scope="module")
def stack(checkout: Path, home: Path, port: int) -> Iterator[Run]:
    """The portal with its sample world, running."""
    with running(checkout, home, port) as run:
        run.wait_for("The sample world is ready", 180)
        yield run


class Person:
    """Somebody of the sample world in front of a browser of their own."""

    def __init__(self, browser: Browser, run: Run, name: str, *, width: int = 360) -> None:
        self.base, self.name = f"http://localhost:{run.port}", name
        self.page: Page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
        self.page.set_default_timeout(PATIENCE)

    def known(self) -> list[str]:
        """What /demo/ says: ID number or address, password, the code of this moment."""
        demo = self.page.context.new_page()
        demo.goto(f"{self.base}/demo/")
        card = demo.locator("section.card", has=demo.get_by_role("heading", name=self.name, exact=True))
        said = card.locator("dd code").all_text_contents()
        demo.close()
        return said

    def sign_in(self, address: str = "/sign-in/") -> Page:
        page = self.page
        who, password, _ = self.known()
        page.goto(self.base + address)
        page.locator("form.form input[type=text], form.form input[type=email]").fill(who)
        page.locator("input[type=password]").fill(password)
        page.get_by_role("button", name="Continue").click()
        page.locator("input[autocomplete=one-time-code]").fill(self.unused_code())
        page.locator("form.form button[type=submit]").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    def unused_code(self) -> str:
        """The code of this moment; after one was used, that of the next half minute, as a person has to wait for it."""
        assert processes.wait_until(lambda: self.known()[2] != USED.get(self.name), seconds=60)
        USED[self.name] = self.known()[2]
        return USED[self.name]

    def dispute(self, carrier: str) -> str:
        """File a dispute about the first line at this carrier; its reference."""
        page = self.page
        page.goto(f"{self.base}/numbers/")
        card = page.locator("section.card", has=page.get_by_role("heading", name=carrier, exact=True))
        card.get_by_role("link", name="Not mine").first.click()
        page.get_by_label("This number was never mine").check()
        page.get_by_role("button", name="Continue").click()
        others = page.get_by_role("heading", name="Is the same wrong with other numbers?")
        nobody = page.get_by_label("No, nobody in my family uses it")
        expect(others.or_(nobody)).to_be_visible()
        if others.count():
            page.get_by_role("button", name="Continue").click()
        nobody.check()
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("What should the carrier know?").fill("I have never been there.")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("link", name="Go on without a file").click()
        expect(page.get_by_text("I have never been there.")).to_be_visible()
        page.get_by_role("button", name="Dispute this number").click()
        expect(page.get_by_text("Your dispute is filed.")).to_be_visible()
        return page.locator(".kicker b").inner_text()

    def send_now(self) -> None:
        self.page.get_by_role("button", name="Send it now").click()
        expect(self.page.get_by_text("Nothing has been sent yet")).to_have_count(0)

    def wait_for(self, seen: Callable[[Page], bool]) -> None:
        """Load the page again until something is seen on it, as somebody who waits does."""

        def look() -> bool:
            self.page.reload()
            return seen(self.page)

        assert processes.wait_until(look, seconds=PATIENCE / 1000), self.page.locator("main").inner_text()


def test_from_signing_in_to_the_outcome(stack: Run, browser: Browser) -> None:
    took: dict[str, float] = {}
    began = time.monotonic()

    def lap(name: str) -> None:
        took[name] = round(time.monotonic() - began - sum(took.values()), 1)

    wei = Person(browser, stack, "Wei")
    page = wei.sign_in()
    lap("sign-in with password and TOTP")
    expect(page.get_by_role("heading", level=1)).to_have_text("5 numbers are registered under your ID")
    expect(page.get_by_text("Southern Cell has not answered yet")).to_be_visible()
    assert page.locator(".entry.look").count() == 3

    reference = wei.dispute("Northern Telecom")
    lap("filing, with review")
    wei.send_now()
    wei.wait_for(lambda page: page.get_by_text("We handed it to Northern Telecom").count() > 0)
    lap("handed to the carrier")
    wei.wait_for(lambda page: page.get_by_role("button", name="Accept this").count() > 0)
    lap("answered by the carrier")
    expect(page.get_by_role("heading", name="Their answer")).to_be_visible()

    zhao = Person(browser, stack, "Zhao", width=1100)
    console = zhao.sign_in("/sign-in/staff/")
    console.goto(f"{zhao.base}/console/disputes/dispute/?show=all")
    console.get_by_role("link", name=reference).click()
    expect(console.get_by_text("I have never been there.")).to_be_visible()
    lap("seen by the carrier's clerk")

    page.get_by_role("button", name="Accept this").click()
    expect(page.get_by_text("You accepted the answer")).to_be_visible()
    page.goto(f"{wei.base}/activity/")
    expect(page.get_by_text("Northern Telecom (Carrier staff)").first).to_be_visible()
    lap("accepted, and the clerk's look read")
    page.goto(f"{wei.base}/demo/")
    expect(page.get_by_text(f"has answered your dispute {reference}").first).to_be_visible()
    print("\nThe story took, in seconds:", json.dumps(took, indent=1))


def test_a_clerk_answers_in_the_console_and_the_citizen_goes_to_the_regulator(stack: Run, browser: Browser) -> None:
    bo = Person(browser, stack, "Bo")
    page = bo.sign_in()
    reference = bo.dispute("Eastern Link")
    bo.send_now()
    bo.wait_for(lambda page: page.get_by_text("We handed it to Eastern Link").count() > 0)

    sun = Person(browser, stack, "Sun", width=1100)
    console = sun.sign_in("/sign-in/staff/")
    console.goto(f"{sun.base}/console/disputes/dispute/")
    console.get_by_role("link", name=reference).click()
    console.get_by_role("button", name="Acknowledge").click()
    console.get_by_label("Kept under this ID").check()
    console.get_by_label("Your reasons").fill("Signed at our outlet with a portrait match.")
    console.get_by_role("button", name="Send the answer").click()
    expect(console.get_by_text("say what that rests on").first).to_be_visible()
    console.get_by_label("Registered on").fill("2026-10-20")
    console.get_by_label("How", exact=True).select_option("outlet")
    console.get_by_label("Identity check").select_option("portrait")
    console.get_by_label("Document shown").fill("identity card")
    console.get_by_role("button", name="Send the answer").click()

    page.reload()
    expect(page.get_by_text("Signed at our outlet with a portrait match.")).to_be_visible()
    page.get_by_role("link", name="This is not right").click()
    page.get_by_label("Why is the answer not right?").fill("I was abroad that day.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The regulator has your dispute")


def test_a_broker_killed_and_emptied_between_filing_and_delivery_loses_nothing(stack: Run, browser: Browser) -> None:
    """D4: Valkey dies by signal 9 and comes back empty. One ticket at the carrier, and the outcome is read."""
    bo = Person(browser, stack, "Bo")
    bo.sign_in()
    reference = bo.dispute("Western Mobile")
    valkey = next(pid for pid in stack.processes() if "valkey-server" in processes.command_line(pid))
    os.kill(valkey, signal.SIGKILL)
    bo.send_now()
    assert processes.wait_until(
        lambda: any(
            "valkey-server" in processes.command_line(pid) and pid != valkey and processes.alive(pid)
            for pid in stack.processes()
        ),
        seconds=60,
    )
    bo.wait_for(lambda page: page.get_by_text("We handed it to Western Mobile").count() > 0)
    bo.wait_for(lambda page: page.get_by_role("heading", name="Their answer").count() > 0)
    tickets = tickets_at(stack, "western")
    about = [one for one in tickets if any(name["id"] == reference for name in one["externalIdentifier"])]
    assert len(about) == 1, "exactly one ticket at the carrier"


def tickets_at(run: Run, carrier: str) -> list[dict[str, Any]]:
    """Everything that a sandbox carrier of this run holds."""
    credentials = json.loads((run.checkout / "var" / "sandbox" / f"{carrier}.json").read_text())
    port = run.port + {"northern": 101, "western": 102}[carrier]
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/sandbox/tickets", headers={"Authorization": f"Bearer {credentials['token']}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        tickets: list[dict[str, Any]] = json.load(answer)
    return tickets
