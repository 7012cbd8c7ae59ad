"""Where we do not connect, what we do not accept, and that connections are pinned, verified, bounded, reused (S20)."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lookups.carriers.transports import http
from lookups.carriers.transports.contract import Address
from lookups.outbox.receipts import Later, Misconfigured
from tests.doubles.listener import RawServer

LIMITS = http.Limits(connect=0.5, read=0.3, total=0.6)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def get(
    url: str, *, loopback: bool = True, hosts: tuple[str, ...] = ("127.0.0.1", "localhost"), **settings: Any
) -> http.Response:
    address = Address(settings, "token", hosts, insecure_loopback=loopback)
    return http.exchange(address, "GET", url, headers={}, until=http.deadline_after(LIMITS.total), limits=LIMITS)


def answering(content: bytes, *, pause: float = 0.0, piece: int = 0) -> Callable[[socket.socket], None]:
    """Reads a request and answers with `content`, whole or in pieces; serves the connection until it ends."""

    def behave(connection: socket.socket) -> None:
        while connection.recv(65_536):
            for at in range(0, len(content), piece or len(content)):
                connection.sendall(content[at : at + (piece or len(content))])
                time.sleep(pause)

    return behave


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting anywhere at all fails the test."""

    def connect(*_: object) -> None:
        pytest.fail("A connection was made.")

    monkeypatch.setattr(socket.socket, "connect", connect)


def resolving_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [
        (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443))
        for each in addresses
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize(
    "private",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ],
)
def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, private: str) -> None:
    for addresses in ([private], ["93.184.215.14", private]):
        resolving_to(monkeypatch, *addresses)
        with pytest.raises(Misconfigured) as caught:
            get("https://carrier.example/", hosts=("carrier.example",))
        assert caught.value.reason == "address_not_public"


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("written", ["2130706433", "0x7f.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
def test_this_machine_in_disguise_is_refused(written: str) -> None:
    with pytest.raises((Misconfigured, Later)) as caught:
        get(f"https://{written}/", loopback=False, hosts=(written.strip("[]"),))
    assert caught.value.reason in ("address_not_public", "dns")


@pytest.mark.usefixtures("no_connection")
def test_loopback_permission_opens_no_other_address(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving_to(monkeypatch, "93.184.215.14")
    with pytest.raises(Misconfigured):
        get("http://localhost/")
    resolving_to(monkeypatch, "127.0.0.1")
    with pytest.raises(Misconfigured):
        get("https://carrier.example/", hosts=("carrier.example",))


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://carrier.example/", "not_https"),
        ("ftp://carrier.example/", "not_https"),
        ("carrier.example", "address"),
        ("https:///v5", "address"),
        ("https://carrier.example:99999/", "address"),
        ("https://user:secret@carrier.example/", "address"),
        ("https://carrier.example/#part", "address"),
        ("https://carrier.example/a b", "address"),
        ("https://carrier.example/\r\nHost: other", "address"),
        ("https://other.example/", "host_not_allowed"),
        ("https://carrier.example.other.example/", "host_not_allowed"),
        ("https://carrier.example@other.example/", "address"),
        ("https://[::1/", "address"),
    ],
)
def test_an_address_that_is_not_the_carriers_is_refused(url: str, reason: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        get(url, hosts=("carrier.example",))
    assert caught.value.reason == reason


def test_http_to_this_machine_needs_permission() -> None:
    with RawServer(answering(OK)) as server:
        with pytest.raises(Misconfigured) as caught:
            get(f"http://127.0.0.1:{server.port}/", loopback=False)
        assert caught.value.reason == "not_https"
        with pytest.raises(Misconfigured):
            get(f"http://127.0.0.1:{server.port}/", hosts=())
        assert server.connections == 0
        assert get(f"http://127.0.0.1:{server.port}/").body == b"{}"


def test_connections_are_kept_and_shared_and_the_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve, asked = socket.getaddrinfo, []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: asked.append(a) or resolve(*a, **k))
    with RawServer(answering(OK)) as server:
        for _ in range(5):
            get(f"http://127.0.0.1:{server.port}/")
        assert (server.connections, len(asked)) == (1, 1)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: get(f"http://127.0.0.1:{server.port}/"), range(40)))
        assert server.connections <= 4


def test_a_kept_connection_that_the_server_closed_is_replaced() -> None:
    def once(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(OK)

    with RawServer(once) as server:
        for _ in range(3):
            assert get(f"http://127.0.0.1:{server.port}/").status == 200
        assert server.connections == 3


def test_a_redirect_is_not_followed() -> None:
    with RawServer(answering(OK)) as inside:
        location = f"http://127.0.0.1:{inside.port}/".encode()
        redirect = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
        with RawServer(answering(redirect)) as server, pytest.raises(Misconfigured) as caught:
            get(f"http://127.0.0.1:{server.port}/")
        assert caught.value.reason == "redirect"
        assert inside.connections == 0


HUGE = b"x" * (http.MAX_BODY + 100_000)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(HUGE) + HUGE, "too_large"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(HUGE) + HUGE, "too_large"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000, "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000, "bad_answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", "timeout"),
    ],
)
def test_answers_too_large_or_not_http_are_ended(content: bytes, reason: str) -> None:
    with RawServer(answering(content)) as server, pytest.raises(Later) as caught:
        get(f"http://127.0.0.1:{server.port}/")
    assert (caught.value.reason, caught.value.ambiguous) == (reason, True)


def test_a_body_cut_short_is_no_answer() -> None:
    def cut(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")

    with RawServer(cut) as server, pytest.raises(Later) as caught:
        get(f"http://127.0.0.1:{server.port}/")
    assert caught.value.reason == "bad_answer"


@pytest.mark.parametrize("content", [OK, b"HTTP/1.1 100 Continue\r\n\r\n" * 100])
def test_drips_end_with_the_wall_clock(content: bytes) -> None:
    with RawServer(answering(content, pause=0.05, piece=1)) as server, pytest.raises(Later) as caught:
        get(f"http://127.0.0.1:{server.port}/")
    assert caught.value.reason == "timeout"


def test_a_name_server_that_does_not_answer_costs_no_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(5) and [])
    with pytest.raises(Later) as caught:
        get("https://carrier.example/", hosts=("carrier.example",))
    assert caught.value.reason == "dns"
    released.set()


# TLS -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[ssl.SSLContext, Path]]:
    """Makes a server's context and the file to trust it with, for a name."""
    folder = tmp_path_factory.mktemp("tls")

    def make(name: str) -> tuple[ssl.SSLContext, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A carrier")])
        try:
            alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name)
        now = datetime.datetime.fromtimestamp(time.time(), tz=datetime.UTC)
        signed = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
        file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file, key_file)
        return context, file

    return make


def test_the_certificate_is_checked_against_the_name(certificate: Callable[[str], tuple[ssl.SSLContext, Path]]) -> None:
    context, file = certificate("localhost")
    with RawServer(answering(OK), tls=context) as server:
        for _ in range(3):
            assert get(f"https://localhost:{server.port}/", ca_file=str(file)).body == b"{}"
        assert server.connections == 1
        # The same server by an address that is not in its certificate.
        with pytest.raises(Later) as caught:
            get(f"https://127.0.0.1:{server.port}/", ca_file=str(file))
        assert (caught.value.reason, caught.value.ambiguous) == ("tls", False)


def test_a_certificate_nobody_vouches_for_is_refused(
    certificate: Callable[[str], tuple[ssl.SSLContext, Path]],
) -> None:
    context, _ = certificate("localhost")
    with RawServer(answering(OK), tls=context) as server, pytest.raises(Later) as caught:
        get(f"https://localhost:{server.port}/")
    assert caught.value.reason == "tls"


def test_a_server_that_does_not_speak_tls_or_hangs_in_the_handshake() -> None:
    with RawServer(answering(OK)) as server, pytest.raises(Later) as caught:
        get(f"https://localhost:{server.port}/")
    assert (caught.value.reason, caught.value.ambiguous) == ("tls", False)
    with RawServer(lambda connection: time.sleep(1)) as server, pytest.raises(Later) as caught:
        get(f"https://localhost:{server.port}/")
    assert (caught.value.reason, caught.value.ambiguous) == ("connect_timeout", False)


def test_drips_over_tls_end_as_well(certificate: Callable[[str], tuple[ssl.SSLContext, Path]]) -> None:
    context, file = certificate("localhost")
    drips = answering(OK, pause=0.05, piece=1)
    with RawServer(drips, tls=context) as server, pytest.raises(Later) as caught:
        get(f"https://localhost:{server.port}/", ca_file=str(file))
    assert caught.value.reason == "timeout"


def test_authorities_that_cannot_be_read_are_a_setting_to_mend(tmp_path: Path) -> None:
    with RawServer(answering(OK)) as server, pytest.raises(Misconfigured) as caught:
        get(f"https://localhost:{server.port}/", ca_file=str(tmp_path / "missing.pem"))
    assert caught.value.reason == "settings"
