"""Feeds through a real web server: bounded memory, lost connections, silence, full folders, forged lengths."""

import base64
import gzip
import hashlib
import http.client
import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from lookups.carriers import tokens
from lookups.carriers.models import Carrier
from lookups.registry.models import Feed, FeedState
from tests.cast import PASSWORD, WEIS_ID, code_for, make_carrier, make_clerk
from tests.doubles.sandbox import wait_until
from tests.registry.conftest import csv_of, row
from tests.registry.delivering import read, spooled
from tests.whole.browser import Browser
from tests.whole.running import RunningPortal

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
PATH = "/api/v1/feeds/snapshot/2026-11-20T00:00:00Z"
LOST = "The connection ended before the whole file had arrived."


@pytest.fixture
def carrier(transactional_db: None) -> Carrier:
    return make_carrier("northern", "Northern Telecom")


@pytest.fixture(scope="module")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    """One web server for all of them: it keeps nothing of one test that another could meet."""
    folder = tmp_path_factory.mktemp("web")
    with RunningPortal(folder, PORTAL_STAFF_NEED_PASSKEY="0", FEED_MAX_BYTES=str(300 << 20)) as portal:
        portal.start_web()
        portal.wait_for_web()
        yield portal


@pytest.fixture
def portal(web: RunningPortal, carrier: Carrier, settings: Settings) -> Iterator[RunningPortal]:
    settings.FEEDS_FOLDER = web.feeds
    yield web
    shutil.rmtree(web.feeds, ignore_errors=True)


def put(portal: RunningPortal, token: str, body: object, length: int, **headers: str) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60)
    said = {"Content-Length": str(length), "Content-Type": "text/csv", "Authorization": f"Bearer {token}", **headers}
    try:
        connection.request("PUT", PATH, body, said)  # type: ignore[arg-type]
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def half(portal: RunningPortal, head: str, body: bytes) -> socket.socket:
    """A request of which only ``body`` is ever sent."""
    connection = socket.create_connection(("127.0.0.1", portal.port), timeout=20)
    connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
    return connection


def head_of_put(token: str, length: int) -> str:
    return (
        f"PUT {PATH} HTTP/1.1\nHost: localhost\nAuthorization: Bearer {token}\n"
        f"Content-Type: text/csv\nContent-Length: {length}\n"
    )


def largest_in_memory(portal: RunningPortal) -> int:
    """Bytes that any web process has ever held (VmHWM)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            mine = f"127.0.0.1:{portal.port}".encode() in (folder / "cmdline").read_bytes()
            status = (folder / "status").read_text() if mine else ""
        except OSError:
            continue
        found += [int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    return max(found)


def test_a_file_goes_in_and_its_carrier_asks_for_it(portal: RunningPortal, carrier: Carrier) -> None:
    token, content = tokens.renew(carrier), gzip.compress(csv_of(row()))
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"
    status, told = put(portal, token, content, len(content), **{"Content-Digest": digest})
    assert (status, told["state"], told["digest"]) == (202, "received", digest)
    assert put(portal, token, content, len(content))[0] == 200
    assert read(Feed.objects.get()).state == FeedState.APPLIED
    asked = Browser(portal.url).get(f"/api/v1/feeds/{told['id']}", Authorization=f"Bearer {token}")
    assert json.loads(asked.text)["counts"]["started"] == 1


def test_memory_does_not_grow_with_the_file(portal: RunningPortal, carrier: Carrier) -> None:
    token, piece, pieces = tokens.renew(carrier), os.urandom(1 << 20), 200
    assert put(portal, token, b"x", 1)[0] == 202
    before = largest_in_memory(portal)
    status, told = put(portal, token, iter([piece] * pieces), pieces << 20)
    assert (status, told["size"]) == (202, pieces << 20)
    assert largest_in_memory(portal) - before < 24 << 20


def test_a_connection_that_is_lost_leaves_nothing_but_a_sentence(portal: RunningPortal, carrier: Carrier) -> None:
    token, content = tokens.renew(carrier), csv_of(*(row(outlet_district=str(n)) for n in range(20_000)))
    connection = half(portal, head_of_put(token, len(content)), content[: len(content) // 2])
    wait_until(spooled)
    connection.close()
    wait_until(Feed.objects.exists)
    feed = Feed.objects.get()
    assert (feed.state, feed.problem) == (FeedState.FAILED, LOST)
    wait_until(lambda: spooled() == [])
    assert put(portal, token, content, len(content))[0] == 202, "the next one is not in its way"


def test_an_upload_in_the_console_that_is_lost(portal: RunningPortal, carrier: Carrier) -> None:
    make_clerk(carrier, "ning@northern.example", "Ning")
    browser = Browser(portal.url)
    browser.fill("/sign-in/staff/", email="ning@northern.example", password=PASSWORD)
    assert browser.fill("/sign-in/code/", token=code_for()).location == "/console/"
    token = browser.get("/console/registry/feed/deliver/").found(r'name="csrfmiddlewaretoken" value="([^"]+)"')
    content = csv_of(*(row(outlet_district=str(n)) for n in range(20_000)))
    fields = {"csrfmiddlewaretoken": token, "kind": "snapshot", "as_of": "2026-11-20T08:00"}
    form = "".join(
        f'--limit\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    file = '--limit\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    body = form.encode() + file.encode() + content
    head = (
        "POST /console/registry/feed/deliver/ HTTP/1.1\nHost: localhost\n"
        f"Cookie: {'; '.join(f'{name}={value}' for name, value in browser.cookies.items())}\n"
        f"Content-Type: multipart/form-data; boundary=limit\nContent-Length: {len(body) + 200}\n"
    )
    connection = half(portal, head, body[:-1000])
    wait_until(spooled)
    assert not any(WEIS_ID.encode() in content for content in portal.files().values())
    connection.close()
    wait_until(lambda: spooled() == [])
    wait_until(Feed.objects.exists)
    assert (Feed.objects.get().state, Feed.objects.get().problem) == (FeedState.FAILED, LOST)


def test_one_carrier_sends_one_file_at_a_time_and_does_not_stop_another(
    portal: RunningPortal, carrier: Carrier
) -> None:
    token, other = tokens.renew(carrier), tokens.renew(make_carrier("western", "Western Mobile"))
    connection = half(portal, head_of_put(token, 10_000), b"x" * 5_000)
    wait_until((portal.feeds / "deliveries" / f"{carrier.pk}.lock").exists)
    status, told = put(portal, token, b"y", 1)
    assert (status, told["code"]) == (409, "busy")
    assert put(portal, other, b"y", 1)[0] == 202
    connection.close()
    wait_until(lambda: put(portal, token, b"y", 1)[0] == 202)


def test_a_length_beyond_the_limit_is_answered_before_the_body(portal: RunningPortal, carrier: Carrier) -> None:
    with half(portal, head_of_put(tokens.renew(carrier), 301 << 20), b"") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
    assert not Feed.objects.exists()


def test_a_body_in_chunks_is_told_to_say_its_length(portal: RunningPortal, carrier: Carrier) -> None:
    head = head_of_put(tokens.renew(carrier), 0).replace("Content-Length: 0", "Transfer-Encoding: chunked")
    with half(portal, head, b"1\r\nx\r\n0\r\n\r\n") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 411 ")
    assert not Feed.objects.exists()
