"""The canary test (S16, promise 5): a person uses all of the site, and nothing of theirs is found anywhere afterwards.

Everything is real: web server, worker, sandbox carrier and mail server are processes or servers of their own, and what
is searched is what a thief would get: a dump of the database, the broker, logs, sessions, letters, files, metrics.
"""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pyotp
import pytest
from celery import Celery
from django.contrib.sessions.models import Session
from django.db import connections
from django.utils import timezone

from lookups.carriers import tokens
from lookups.carriers.models import Carrier
from lookups.disputes.models import Dispute, HandoverMessage
from lookups.identity import services as identity
from lookups.identity.models import Account
from lookups.jurisdictions import schemes
from lookups.registry.models import Feed
from portal.embedded import processes, state
from portal.embedded.postgres import bundled_binaries
from tests.cast import PASSWORD as STAFF_PASSWORD
from tests.cast import code_for, make_carrier, make_clerk
from tests.disputes.conftest import point
from tests.disputes.evidence_files import jpeg, pdf
from tests.doubles.post_office import Letter, PostOffice
from tests.doubles.sandbox import SandboxCarrier, wait_until
from tests.whole import canary, certificates
from tests.whole.browser import Browser, Page
from tests.whole.canary import EMAIL, ID_NUMBER, NUMBER, PASSWORD, SECOND_NUMBER, STATEMENT, THIRD_NUMBER, WORDS
from tests.whole.running import METRICS_TOKEN, RunningPortal, broker_contents, database_url

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

NEW_NUMBER = "A number was registered under your ID"
HEADER = "id_scheme,id_number,phone_number,service,plan,status,activated_on\n"


@dataclass
class Life:
    """What the story leaves behind for the search: secrets that the person was given, and what was collected."""

    secrets: list[str] = field(default_factory=list)
    places: dict[str, bytes | str] = field(default_factory=dict)


@pytest.fixture
def carrier(transactional_db: None) -> Carrier:
    return make_carrier("northern", "Northern Telecom")


@pytest.fixture
def clerk(carrier: Carrier) -> Account:
    return make_clerk(carrier, "ning@northern.example", "Ning")


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        yield office


@pytest.mark.parametrize("demo", ["0", "1"], ids=["for real", "demo"])
def test_nothing_of_the_canary_is_found_anywhere(
    demo: str, carrier: Carrier, clerk: Account, office: PostOffice, tmp_path: Path
) -> None:
    life = Life()
    with RunningPortal(tmp_path, EMAIL_URL=office.url, PORTAL_DEMO=demo, PORTAL_STAFF_NEED_PASSKEY="0") as portal:
        callback = f"http://127.0.0.1:{portal.port}/tmf-api/troubleTicket/v5/carriers/northern"
        with SandboxCarrier(callback=callback, fail_status=503, fail_next=1) as sandbox:
            point(carrier.channel, sandbox)
            portal.start_web()
            import_feeds(portal, life, tmp_path, more=demo == "0")
            portal.wait_for_web()
            deliver_feeds(portal, carrier, life)
            person = Browser(portal.url)
            seed = enrol(person, life)
            sign_in(person, seed)
            reference = use_the_numbers_page_and_dispute(person, portal, life)
            portal.start_worker()
            let_the_carrier_answer(sandbox, reference)
            assert NUMBER in json.dumps(sandbox.tickets()), "the carrier itself has to learn the number"
            life.secrets += certificates.download_and_check(person, Browser(portal.url), reference)
            as_clerk = open_in_the_console(portal, reference)
            bring_a_new_number(portal, life, tmp_path)
            wait_until(lambda: [letter for letter in office.letters if NEW_NUMBER in letter.everything], seconds=60)
            assert_no_digit_in([letter for letter in office.letters if NEW_NUMBER in letter.everything], portal.url)
            break_things(portal, person, reference, life)
            wait_until(lambda: len(office.letters) >= 3, seconds=60)
            life.places |= {f"letter {n}": letter.everything for n, letter in enumerate(office.letters)}
            life.places |= {f"address {n}": text for n, text in enumerate(person.seen + as_clerk.seen)}
            life.places |= {"the metrics": metrics(portal), **portal.files(), **broker_contents(portal.broker)}
        life.places["the carrier's access log"] = sandbox.log
    life.places |= portal.logs() | sessions() | dump() | server_logs()
    assert len(portal.logs()["the log of web"]) > 500

    letters = {where for where in life.places if "letter" in where}
    search = canary.for_the_person(secrets=life.secrets)
    assert search.find({where: content for where, content in life.places.items() if where not in letters}) == []
    without_address = canary.for_the_person(email="(the envelope names it)", secrets=life.secrets)
    assert without_address.find({where: life.places[where] for where in letters}) == []


def test_a_copy_in_clear_would_be_found(carrier: Carrier) -> None:
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("CREATE TABLE scratch (words text, bytes bytea, document jsonb)")
    try:
        with owner.cursor() as cursor:
            cursor.execute(
                "INSERT INTO scratch VALUES (%s, %s, %s)",
                [f"{ID_NUMBER[:6]} {ID_NUMBER[6:14]} {ID_NUMBER[14:]}", NUMBER.encode(), json.dumps({"a": STATEMENT})],
            )
        found = canary.for_the_person().find(dump())
    finally:
        with owner.cursor() as cursor:
            cursor.execute("DROP TABLE scratch")
    assert {"id_number as text in the dump", "number as hexadecimal in the dump"} <= set(found)
    assert any(one.startswith("statement as") for one in found)
    assert canary.for_the_person().find(dump()) == []


# The story ------------------------------------------------------------------------------------------------------------


def import_feeds(portal: RunningPortal, life: Life, folder: Path, *, more: bool) -> None:
    """A first feed with both lines and bad ones; with ``more`` one that changes a line, and one that is refused."""
    good = [f"CN-RIC,{ID_NUMBER},{number},mobile,prepaid,active,2026-01-05\n" for number in (NUMBER, SECOND_NUMBER)]
    bad = [
        f"CN-RIC,{ID_NUMBER[:17]}0,{NUMBER},mobile,prepaid,active,2026-01-05\n",
        f"CN-RIC,{ID_NUMBER},{NUMBER.removeprefix('+86')},mobile,prepaid,active,2026-01-05\n",
        f"CN-RIC,{ID_NUMBER},{NUMBER},mobile,prepaid,{ID_NUMBER},2026-01-05\n",
        f"{ID_NUMBER},{NUMBER}\n",
        f'CN-RIC,{ID_NUMBER},"{NUMBER},mobile\n',
    ]
    feeds = {
        "snapshot": HEADER + "".join(good + bad),
        "delta": HEADER + good[0].replace("active", "suspended").replace("2026-01-05", "2026-01-06"),
        "refused": f"{ID_NUMBER},{NUMBER}\n",
    }
    for name, content in list(feeds.items())[: None if more else 1]:
        file = folder / f"{name}.csv"
        file.write_text(content)
        kind = "--snapshot" if name == "snapshot" else "--delta"
        rejects = folder / f"{name}-rejects.csv"
        done = portal.command("import_registrations", "northern", str(file), kind, "--rejects", str(rejects))
        assert done.returncode == (1 if name == "refused" else 0), done.stderr
        life.places[f"what the import of the {name} said"] = done.stdout + done.stderr
        if rejects.exists():
            life.places[f"the rejects of the {name}"] = rejects.read_bytes()
    assert life.places["the rejects of the snapshot"].count(b"\n") == 1 + len(bad)  # type: ignore[arg-type]


def bring_a_new_number(portal: RunningPortal, life: Life, folder: Path) -> None:
    """A further feed with one more number of theirs, and the tick that beat gives every half minute."""
    file = folder / "new.csv"
    file.write_text(HEADER + f"CN-RIC,{ID_NUMBER},{THIRD_NUMBER},mobile,prepaid,active,2026-11-05\n")
    done = portal.command("import_registrations", "northern", str(file), "--delta")
    assert done.returncode == 0, done.stderr
    life.places["what the import of the new number said"] = done.stdout + done.stderr
    with Celery(broker=portal.broker, set_as_current=False) as clock:
        clock.send_task("registry.tell_people")


def assert_no_digit_in(letters: list[Letter], url: str) -> None:
    """Of a new number the person reads that there is one, and where to look: once, and nothing else."""
    (letter,) = letters
    text = f"{letter.message['Subject']}\n{letter.message.get_content()}"
    assert url in text
    assert not any(sign.isdigit() for sign in text.replace(url, ""))


def deliver_feeds(portal: RunningPortal, carrier: Carrier, life: Life) -> None:
    """By the carrier's system: what is kept is searched while it waits, then all of it is read, and one is held."""
    token = tokens.renew(carrier)
    good = f"CN-RIC,{ID_NUMBER},{NUMBER},mobile,prepaid,active,2026-01-05\n"
    bad = f"{ID_NUMBER},{NUMBER}\n" * 60
    feeds = [("delta", HEADER + good), ("delta", HEADER + good + bad), ("snapshot", HEADER + good + bad)]
    for kind, content in (*feeds, ("delta", NUMBER)):
        path = f"/api/v1/feeds/{kind}/{timezone.now().isoformat()}"
        sent = Browser(portal.url).send("PUT", path, content, Authorization=f"Bearer {token}")
        assert sent.status == 202, sent.text
        life.places[f"what was answered to the feed of {len(content)} bytes"] = sent.text + sent.location
    kept = {where: content for where, content in portal.files().items() if len(content) > len(HEADER)}
    assert len(kept) >= 4, "they wait, sealed"
    queued = broker_contents(portal.broker)
    assert "the broker's feeds" in queued, "their doorbells lie in a queue of their own"
    life.places |= {f"{where}, before it is read": content for where, content in (kept | queued).items()}
    life.secrets.append(token)
    importer = portal.start_importer()
    states = ["applied", "applied", "failed", "held"]
    wait_until(
        lambda: sorted(Feed.objects.exclude(came_by="command").values_list("state", flat=True)) == states, seconds=60
    )
    processes.stop(importer, signal.SIGTERM, seconds=60)
    for feed in Feed.objects.filter(rejected__gt=0, came_by="interface"):
        told = Browser(portal.url).get(f"/api/v1/feeds/{feed.pk}/rejects", Authorization=f"Bearer {token}")
        assert told.status == 200
        life.places[f"the rejects of the {feed.state} feed"] = told.text
    life.places |= {f"{where}, afterwards": content for where, content in portal.files().items()}


def enrol(person: Browser, life: Life) -> str:
    """With a code from the letter, first mistyped; returns the seed of the authenticator app."""
    code = identity.issue_code(schemes.subject_of("CN-RIC", ID_NUMBER), scheme="CN-RIC")
    wrong = person.fill("/enrol/", scheme="CN-RIC", number=ID_NUMBER, code="0000-0000-0000")
    assert (wrong.status, wrong.location) == (200, "")
    spaced = f"{ID_NUMBER[:6]} {ID_NUMBER[6:14]} {ID_NUMBER[14:].lower()}"
    begun = person.fill("/enrol/", scheme="CN-RIC", number=spaced, code=code)
    assert begun.location == "/enrol/password/", begun.text[begun.text.find('<div class="errors') :][:500]
    assert person.post("/enrol/password/", password=PASSWORD, again="something else").status == 200
    chosen = person.post("/enrol/password/", password=PASSWORD, again=PASSWORD, email=EMAIL)
    assert chosen.location == "/enrol/passkey/"
    seed = person.get("/enrol/authenticator/").found(r'<p class="code" dir="ltr">([A-Z2-7 ]+)</p>').replace(" ", "")
    assert person.post("/enrol/authenticator/", token=pyotp.TOTP(seed).now()).location == "/enrol/recovery-codes/"
    recovery = re.findall(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b", person.get("/enrol/recovery-codes/").text)
    assert len(recovery) == 10
    assert person.post("/enrol/recovery-codes/").location == "/numbers/"
    life.secrets += [code, code.replace("-", ""), seed, *recovery, *(one.replace("-", "") for one in recovery)]
    life.secrets += [base64.b32decode(seed).hex()]
    assert person.post("/sign-out/").status == 200
    return seed


def sign_in(person: Browser, seed: str) -> None:
    """With a wrong password, without a password's owner, with a wrong code, and then right."""
    unknown = f"{ID_NUMBER[:14]}111{ID_NUMBER[-1]}"
    assert person.fill("/sign-in/", scheme="CN-RIC", number=unknown, password=PASSWORD).status == 200
    assert person.fill("/sign-in/", scheme="CN-RIC", number=ID_NUMBER, password=f"{PASSWORD}!").status == 200
    right = person.fill("/sign-in/?next=/numbers/", scheme="CN-RIC", number=ID_NUMBER, password=PASSWORD)
    assert right.location == "/sign-in/code/"
    assert person.fill("/sign-in/code/", token="000000").status == 200
    # The code of this step was used up by enrolling; after a wrong one there is a delay of a second.
    totp = pyotp.TOTP(seed)
    wait_until(
        lambda: (
            person.post("/sign-in/code/", token=totp.at(int(time.time()), counter_offset=1)).location == "/numbers/"
        ),
        seconds=60,
    )


def use_the_numbers_page_and_dispute(person: Browser, portal: RunningPortal, life: Life) -> str:
    """Look up, search, reveal, confirm, dispute. No worker runs yet, so that doorbells can be seen lying there."""
    page = person.get("/numbers/")
    assert "+86 159 <" in page.text
    ids = sorted(set(re.findall(r"/numbers/([0-9a-f-]{36})/dispute/", page.text)))
    assert len(ids) == 2
    assert "7418" in person.post("/numbers/", digits=NUMBER[-4:]).text
    assert person.post("/numbers/", digits=NUMBER.removeprefix("+86")).status == 200
    revealed = {
        one: person.get(f"/numbers/{one}/digits/").found(r'<span class="num">(\+86[ 0-9]+)</span>') for one in ids
    }
    assert "".join(sorted(revealed.values())).replace(" ", "") == NUMBER + SECOND_NUMBER
    disputed = next(one for one in ids if revealed[one].replace(" ", "") == NUMBER)
    (other,) = set(ids) - {disputed}
    assert person.post(f"/numbers/{other}/confirm/").status == 302
    filing = f"/numbers/{disputed}/dispute/"
    assert person.fill(filing, reason="given_away").status == 302
    assert person.fill(f"{filing}given_to/", given_to="stranger").status == 302
    assert person.fill(f"{filing}given_when/", given_when=WORDS).status == 302
    assert person.fill(f"{filing}statement/", statement=STATEMENT).status == 302
    for file in (pdf(f"{NUMBER} {ID_NUMBER}"), jpeg(comment=STATEMENT.encode())):
        assert person.upload(f"{filing}evidence/", f"{WORDS} {NUMBER}.pdf", file).status == 302
    assert WORDS in person.get(f"{filing}evidence/").text, "its name is the person's own to see"
    life.places["the broker before"] = b"\n".join(broker_contents(portal.broker).values())
    version = person.get(f"{filing}review/").found(r'name="version" value="([^"]+)"')
    filed = person.post(f"{filing}review/", version=version)
    reference = filed.location.split("/")[2]
    assert WORDS in person.get(filed.location).text
    queued = broker_contents(portal.broker)
    assert "the broker's celery" in queued, "the doorbell lies in its queue"
    life.places |= {f"{where}, while it waits": content for where, content in queued.items()}
    life.places["the temporary files, while it waits"] = b"\n".join(portal.files().values())
    return reference


def let_the_carrier_answer(sandbox: SandboxCarrier, reference: str) -> None:
    """The first try fails; then the carrier asks, hears the answer, and decides, all in words that hold the number."""

    def delivered() -> bool:
        # Not five seconds later, but now.
        connections["owner"].cursor().execute(
            "UPDATE disputes_handovermessage SET next_attempt_at = now() WHERE attempts = 1 AND lease IS NULL"
        )
        return bool(sandbox.tickets(reference))

    wait_until(delivered, seconds=60)
    wait_until(lambda: state_of(reference) == "acknowledged", seconds=60)
    assert HandoverMessage.objects.get(kind="create").attempts == 2
    ticket = sandbox.ticket(reference)
    sandbox.move(ticket["id"], "pending", answer=f"Is {NUMBER} yours? {WORDS}")
    wait_until(lambda: state_of(reference) == "needs_information", seconds=60)
    sandbox.move(ticket["id"], "inProgress")
    wait_until(lambda: state_of(reference) == "in_review", seconds=60)
    sandbox.move(
        ticket["id"], "resolved", outcome="REMOVED_FRAUD", answer=f"{NUMBER} removed from {ID_NUMBER}. {WORDS}"
    )
    wait_until(lambda: state_of(reference) == "decided", seconds=60)


def open_in_the_console(portal: RunningPortal, reference: str) -> Browser:
    """The carrier's clerk finds the dispute and reads it."""
    browser = Browser(portal.url)
    signed = browser.fill("/sign-in/staff/", email="ning@northern.example", password=STAFF_PASSWORD)
    assert signed.location == "/sign-in/code/"
    assert browser.fill("/sign-in/code/", token=code_for()).location == "/console/"
    assert browser.get("/console/").status == 200
    found = browser.get(f"/console/disputes/dispute/?show=all&q={reference}")
    page = browser.get(found.found(r'href="(/console/disputes/dispute/[0-9a-f-]{36}/change/)'))
    assert WORDS in page.text
    for path in ("/console/disputes/inboxevent/", "/console/registry/feed/", "/console/carriers/channel/"):
        assert browser.get(path).status == 200, path
    return browser


def break_things(portal: RunningPortal, person: Browser, reference: str, life: Life) -> None:
    """What the logs are for: an error of ours, addresses with digits in them, a forged form, a broken request."""
    connections["owner"].cursor().execute("UPDATE disputes_dispute SET statement = %s", [b"\x01 not sealed"])
    pages: dict[str, Page] = {"the page of an error": person.get(f"/disputes/{reference}/")}
    assert pages["the page of an error"].status == 500
    for path in (
        f"/numbers/{NUMBER}/",
        f"/sample/{ID_NUMBER}/",
        f"/{ID_NUMBER[:6]}-{ID_NUMBER[6:14]}-{ID_NUMBER[14:]}",
    ):
        assert portal.get(path) == 404
    assert Browser(portal.url).post("/sign-in/", number=ID_NUMBER, password=PASSWORD).status == 403
    assert portal.get("/", Host=f"{NUMBER}.example") == 400
    assert portal.get("/tmf-api/troubleTicket/v5/carriers/northern/listener/x") == 405
    pages["the letters on the page of the demo"] = Browser(portal.url).get(f"/demo/?q={quote(ID_NUMBER)}")
    with subprocess.Popen(
        [sys.executable, "-c", _BAD_REQUEST, str(portal.port), NUMBER], stdout=subprocess.DEVNULL
    ) as talking:
        talking.wait(10)
    life.places |= {where: page.text for where, page in pages.items()}


_BAD_REQUEST = """
import socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.sendall(f"GET /{sys.argv[2]} HTTP/9.9 {sys.argv[2]}\\r\\n\\r\\n".encode())
connection.recv(1000)
"""


# Where it is searched -------------------------------------------------------------------------------------------------


def dump() -> dict[str, bytes]:
    """The test's database as pg_dump writes it, all schemas and Django's own tables included."""
    made = subprocess.run(
        [bundled_binaries() / "pg_dump", "--dbname", database_url("owner")], capture_output=True, check=True
    )
    assert b"identity_account" in made.stdout
    return {"the dump": made.stdout}


def sessions() -> dict[str, str]:
    """The session store, unpacked."""
    found = {f"session {n}": json.dumps(one.get_decoded()) for n, one in enumerate(Session.objects.all())}
    assert found
    return found


def server_logs() -> dict[str, bytes]:
    """What our own PostgreSQL and Valkey wrote down, where they are our own."""
    ours = (file.parent for file in (state.VAR / "throwaway").glob("*/embedded.json"))
    mine = (var for var in ours if (known := state.read(var)) and known.database_url == os.environ.get("DATABASE_URL"))
    return {f"the log of {log.stem}": log.read_bytes() for var in mine for log in (var / "log").glob("*.log")}


def metrics(portal: RunningPortal) -> str:
    scraped = Browser(portal.url).get("/metrics", Authorization=f"Bearer {METRICS_TOKEN}")
    assert scraped.status == 200
    return scraped.text


def state_of(reference: str) -> str:
    return Dispute.objects.get(reference=reference).state
