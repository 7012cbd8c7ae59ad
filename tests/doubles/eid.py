"""Providers of a national eID to test against: one that nobody here wrote, and one that lies.

``oidc-provider-mock`` runs as a process of its own and answers as it should. ``BadProvider`` is a thread with a web
server that signs with joserfc; each test tells it what to get wrong. It checks PKCE, redirect URI and client itself.
"""

import base64
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import urllib3
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "portal"
CLIENT_SECRET = "a secret: with ünusual/characters"
ACR = "https://eid.example/loa/high"
ID_CLAIM = "person_identifier"


@contextlib.contextmanager
def provider_process(port: int, *people: dict[str, str]) -> Iterator[str]:
    """``oidc-provider-mock`` with these people, at the address that is yielded."""
    words = [word for person in people for word in ("--user-claims", json.dumps(person))]
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *words],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 30
        while not _answers(url):
            assert process.poll() is None, "the provider ended"
            assert time.monotonic() < until, "the provider does not answer"
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def _answers(url: str) -> bool:
    with contextlib.suppress(urllib3.exceptions.HTTPError):
        discovery = f"{url}/.well-known/openid-configuration"
        return urllib3.request("GET", discovery, retries=urllib3.Retry(3, backoff_factor=0.2)).status == 200
    return False


@dataclass
class BadProvider:
    """Honest until told otherwise: ``change`` rewrites the claims of the ID token before it is signed."""

    url: str
    number: str
    change: Callable[[dict[str, Any]], None] = lambda claims: None
    userinfo: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    signs_with: RSAKey | None = None
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def authorize(self, url: str) -> str:
        """What the person does there: agree. The address that leads back."""
        query = dict(parse_qsl(urlsplit(url).query))
        assert url.startswith(f"{self.url}/authorize?")
        assert query["response_type"] == "code"
        assert query["acr_values"] == ACR
        assert query["code_challenge_method"] == "S256"
        code = base64.urlsafe_b64encode(os.urandom(12)).decode()
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def id_token(self, query: dict[str, str]) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "sub": "person 1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": query["nonce"],
            "acr": ACR,
            ID_CLAIM: self.number,
        }
        self.change(claims)
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with or self.key)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        self.asked.append(path)
        if path in self.raw:
            self.raw[path](handler)
            return
        status, body = getattr(self, "_" + path.strip("/").rpartition("/")[2].replace("-", "_"))(handler)
        reply(handler, status, json.dumps(body).encode())

    def _openid_configuration(self, _handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, Any]]:
        return 200, {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
        } | self.discovery

    def _jwks(self, _handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, Any]]:
        return 200, {"keys": [self.key.as_dict(private=False)]}

    def _userinfo(self, _handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, Any]]:
        return 200, {"sub": "person 1"} | self.userinfo

    def _token(self, handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, Any]]:
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        query = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            query is None
            or challenge.decode() != query["code_challenge"]
            or form["redirect_uri"] != query["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "an access token", "token_type": "Bearer", "id_token": self.id_token(query)}


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, *, location: str = "") -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    if location:
        handler.send_header("Location", location)
    handler.end_headers()
    handler.wfile.write(body)


@contextlib.contextmanager
def bad_provider(number: str) -> Iterator[BadProvider]:
    """A running one, for whom ``number`` is the person's ID number."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(OSError):
                provider.answer(self)

        do_POST = do_GET

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = BadProvider(url=f"http://127.0.0.1:{server.server_port}", number=number)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=120)
