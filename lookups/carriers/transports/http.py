"""One small, distrustful HTTP client for all transports that speak HTTP.

A carrier's address is data, and a carrier's server may be broken or hostile. Hence, for every request:

* https only, and only to hosts on the channel's list (plain http to this very machine where the channel says so);
* the name is resolved once, every address it resolves to must be public, and the connection goes to one of exactly
  those addresses, while the certificate is checked against the name (no second look-up to lie in);
* a redirect is an error, nothing is retried here, no proxy is taken from the environment;
* the answer is bounded in size and, headers included, in wall-clock time: a read timeout alone never ends a server that
  sends a byte now and then, so every read is cut to what is left of the whole.

Connections are kept alive and shared by all threads of the process: a drain with many requests in flight pays for
connecting once per request in flight. What has been connected stays pinned.

What went wrong is raised as the outbox's errors. `ambiguous` is set from the moment the request may have left us.
"""

import atexit
import contextlib
import functools
import http.client
import ipaddress
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError

from lookups.carriers.transports.contract import Address
from lookups.outbox.receipts import Later, Misconfigured

MAX_BODY = 1024 * 1024
MAX_DEADLINE = 40.0  # the outbox's lease (60 s) has to outlast whatever one send does
_PIECE = 64 * 1024
_MAX_ADDRESSES = 4
_MAX_IDLE = 64  # kept-alive connections per origin
_IDLE_SECONDS = 15.0
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Limits:
    """Seconds: to connect (each of name, TCP, TLS), to wait for the next bytes, and for everything one send does."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 25.0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Limits":
        """From a channel's settings `connect_timeout`, `timeout`, `deadline` (40 at most); raises Misconfigured."""
        given = [settings.get(name) for name in ("connect_timeout", "timeout", "deadline")]
        usual = (cls.connect, cls.read, cls.total)
        values = [usual[index] if value is None else value for index, value in enumerate(given)]
        if not all(isinstance(v, int | float) and not isinstance(v, bool) and 0 < v <= 60 for v in values):
            raise Misconfigured("settings", "Timeouts are numbers of seconds between 0 and 60.")
        connect, read, total = (float(value) for value in values)
        return cls(connect, read, min(total, MAX_DEADLINE))


@dataclass(frozen=True)
class Response:
    """A complete answer of any status but a redirect. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def deadline_after(seconds: float) -> float:
    """The moment `seconds` from now, as `exchange` wants it."""
    return time.monotonic() + seconds


def exchange(
    address: Address,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    until: float,
    limits: Limits,
) -> Response:
    """Send one request and read its whole answer before `until` (see `deadline_after`).

    Raises Misconfigured for an address we do not talk to or a redirect, Later for whatever fails on the way; every
    complete answer is returned, whatever its status.
    """
    origin, target = _origin(address, url)
    try:
        kept = _take_idle(origin)
        if kept is not None:
            # The other side may close a kept connection at any moment. Only a request that changes nothing may then be
            # repeated without being asked.
            with contextlib.suppress(*(_Silence,) if method == "GET" else ()):
                return _once(kept, origin, method, target, headers, body, until, limits)
        return _once(_connect(origin, until, limits), origin, method, target, headers, body, until, limits)
    except _Silence as silence:
        raise Later("connection_lost", "The connection ended before an answer came.", ambiguous=True) from silence


def check_limits(settings: Mapping[str, Any]) -> None:
    """Raise Misconfigured for timeouts that are nonsense, or a deadline that sending would have to cut short."""
    Limits.of(settings)
    if (settings.get("deadline") or 0) > MAX_DEADLINE:
        raise Misconfigured("settings", f"The deadline is {MAX_DEADLINE:.0f} seconds at most.")


def check_url(address: Address, url: str) -> None:
    """Raise Misconfigured if `exchange` would refuse this URL whatever its name resolves to."""
    _origin(address, url)


# The address ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Origin:
    """What connections are shared by. Two channels share them only if they are under the same rules."""

    scheme: str
    host: str
    port: int
    loopback_allowed: bool
    ca_file: str


def _origin(address: Address, url: str) -> tuple[_Origin, str]:
    try:
        parts: SplitResult = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Misconfigured("address", "The address is not a URL.") from error
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise Misconfigured("address", "The address must be a URL with a host, without a password and a fragment.")
    if any(character <= " " or character == "\x7f" for character in url) or not url.isascii():
        raise Misconfigured("address", "The address contains characters that a URL cannot have.")
    if host not in {allowed.lower().rstrip(".") for allowed in address.allowed_hosts}:
        raise Misconfigured("host_not_allowed", f"The host {host} is not on the list of this channel.")
    loopback = address.insecure_loopback and host in _LOOPBACK_NAMES
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise Misconfigured("not_https", "The address must begin with https://.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Origin(parts.scheme, host, port, loopback, str(address.settings.get("ca_file") or "")), target


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        # An IPv4 address inside an IPv6 one is judged as what it is.
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


_Found = list[tuple[Any, ...]]


def _resolve(origin: _Origin, until: float, limits: Limits) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    """The addresses of a host, all of them acceptable. getaddrinfo() knows no timeout, hence the thread."""
    answers: queue.SimpleQueue[_Found | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(list(socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    try:
        found = answers.get(timeout=max(min(limits.connect, until - time.monotonic()), 0.001))
    except queue.Empty:
        found = OSError("timeout")
    if isinstance(found, OSError) or not found:
        raise Later("dns", f"The name {origin.host} could not be resolved.")
    addresses = []
    for family, _, _, _, socket_address in found:
        ip = ipaddress.ip_address(str(socket_address[0]).partition("%")[0])
        if not (ip.is_loopback if origin.loopback_allowed else _is_public(ip)):
            # One bad address condemns the name: which one we would get is the other side's choice.
            raise Misconfigured("address_not_public", f"The name {origin.host} leads to an address that is not public.")
        addresses.append((socket.AddressFamily(family), socket_address))
    return addresses[:_MAX_ADDRESSES]


# The connection ------------------------------------------------------------------------------------------------------


class _Bounded(Protocol):
    """A socket that knows until when it may be read, and how long each read may wait."""

    until: float
    patience: float


class _BoundedSocket(socket.socket):
    until: float = 0.0
    patience: float = 0.0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        _cut(self)
        return super().recv_into(*args, **kwargs)


class _BoundedTlsSocket(ssl.SSLSocket):
    until: float = 0.0
    patience: float = 0.0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        _cut(self)
        return super().recv_into(*args, **kwargs)


def _cut(sock: _BoundedSocket | _BoundedTlsSocket) -> None:
    left = min(sock.patience, sock.until - time.monotonic())
    if left <= 0:
        raise TimeoutError("The time for the whole answer is over.")
    sock.settimeout(left)


def _tls(ca_file: str) -> ssl.SSLContext:
    try:
        # A file that was replaced is read anew.
        return _context(ca_file, os.stat(ca_file).st_mtime_ns if ca_file else 0)
    except OSError as error:  # an SSLError is one
        raise Misconfigured("settings", "The file of certificate authorities cannot be read.") from error


@functools.lru_cache(maxsize=64)
def _context(ca_file: str, changed: int) -> ssl.SSLContext:
    # Reading all authorities takes tens of milliseconds, hence the cache.
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _BoundedTlsSocket
    return context


def _connect(origin: _Origin, until: float, limits: Limits) -> HTTPConnection:
    """A fresh connection to one of the host's addresses; whatever fails here, nothing was sent."""
    context = _tls(origin.ca_file) if origin.scheme == "https" else None
    trouble = Later("connection_refused", f"No connection to {origin.host}.")
    for family, socket_address in _resolve(origin, until, limits):
        patience = min(limits.connect, until - time.monotonic())
        if patience <= 0:
            raise Later("connect_timeout", f"No connection to {origin.host} in time.")
        plain = _BoundedSocket(family, socket.SOCK_STREAM)
        sock: _BoundedSocket | _BoundedTlsSocket = plain
        try:
            plain.settimeout(patience)
            plain.connect(socket_address)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is not None:
                # The handshake as a whole keeps to the socket's timeout.
                plain.settimeout(max(min(limits.connect, until - time.monotonic()), 0.001))
                sock = cast(_BoundedTlsSocket, context.wrap_socket(plain, server_hostname=origin.host))
        except ssl.SSLError as error:
            plain.close()
            reason = getattr(error, "verify_message", "") or (error.reason or "")
            raise Later("tls", f"No trusted connection to {origin.host}. {reason}".strip()) from error
        except TimeoutError:
            plain.close()
            trouble = Later("connect_timeout", f"No connection to {origin.host} in time.")
            continue
        except OSError:
            plain.close()
            continue
        connection = HTTPConnection(origin.host, origin.port)
        connection.sock = sock
        return connection
    raise trouble


class _Silence(Exception):
    """The connection ended without one byte of an answer."""


def _once(
    connection: HTTPConnection,
    origin: _Origin,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes | None,
    until: float,
    limits: Limits,
) -> Response:
    sock = cast(_Bounded, connection.sock)
    sock.until, sock.patience = until, limits.read
    connection.timeout = max(min(limits.read, until - time.monotonic()), 0.001)
    keep = False
    try:
        connection.request(
            method,
            target,
            body=body,
            headers={"Accept-Encoding": "identity", **headers},
            preload_content=False,
            decode_content=False,
        )
        answer = connection.getresponse()
        content = _read(answer)
        keep = connection.sock is not None and answer.closed
    except (TimeoutError, ReadTimeoutError) as error:
        raise Later("timeout", "No complete answer in time.", ambiguous=True) from error
    except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError) as error:
        raise _Silence from error
    except (OSError, http.client.HTTPException, HTTPError) as error:
        raise Later("bad_answer", "The answer was cut off or is not HTTP.", ambiguous=True) from error
    finally:
        if not keep:
            connection.close()
    if keep:
        _keep_idle(origin, connection)
    if 300 <= answer.status < 400:
        raise Misconfigured("redirect", f"The address answers with a redirect ({answer.status}).")
    return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, content)


def _read(answer: urllib3.HTTPResponse) -> bytes:
    # In pieces, because only a read that finds nothing more notices that a body was cut short.
    content = bytearray()
    while piece := answer.read(_PIECE):
        content += piece
        if len(content) > MAX_BODY:
            raise Later("too_large", "The answer is larger than a ticket can be.", ambiguous=True)
    return bytes(content)


# The connections kept alive ------------------------------------------------------------------------------------------

_idle: dict[_Origin, list[tuple[float, HTTPConnection]]] = {}
_idle_lock = threading.Lock()


def _take_idle(origin: _Origin) -> HTTPConnection | None:
    """The connection used last, if it is still good; the others are left to grow old and be closed."""
    while True:
        with _idle_lock:
            kept = _idle.get(origin)
            if not kept:
                return None
            since, connection = kept.pop()
        if time.monotonic() - since < _IDLE_SECONDS and connection.is_connected:
            return connection
        connection.close()


def _keep_idle(origin: _Origin, connection: HTTPConnection) -> None:
    now = time.monotonic()
    with _idle_lock:
        kept = _idle.setdefault(origin, [])
        old = [each for since, each in kept if now - since >= _IDLE_SECONDS]
        kept[:] = [(since, each) for since, each in kept if now - since < _IDLE_SECONDS]
        if len(kept) < _MAX_IDLE:
            kept.append((now, connection))
        else:
            old.append(connection)
    for each in old:
        each.close()


def close_idle() -> None:
    """Close every connection that is kept alive and not in use."""
    with _idle_lock:
        closing = [connection for kept in _idle.values() for _, connection in kept]
        _idle.clear()
    for connection in closing:
        with contextlib.suppress(OSError):
            connection.close()


def _after_fork() -> None:
    # Two processes must never write into one connection. Closing here only closes the child's copy of the sockets.
    global _idle_lock
    _idle_lock = threading.Lock()
    close_idle()


atexit.register(close_idle)
os.register_at_fork(after_in_child=_after_fork)
