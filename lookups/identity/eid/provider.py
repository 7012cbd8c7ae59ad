"""Talking to the provider of the national eID, and believing of its answers only what was checked.

OpenID Connect Core 1.0, authorization code flow, with PKCE (RFC 7636, S256). mozilla-django-oidc brings the flow; it
fetches without a limit, follows redirects, and knows neither ``acr`` nor who issued a token to whom: that is added.

* https only, and only to the issuer's host and those in PORTAL_EID_HOSTS (plain http to this very machine in the demo);
* nothing is retried, no redirect is followed, no proxy is taken from the environment;
* an answer is bounded in size, and all requests of one proof together in wall-clock time.

No error carries a claim, and none the text of the provider.
"""

import base64
import contextlib
import dataclasses
import functools
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
import urllib3.exceptions
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import generate_code_challenge
from urllib3.connection import HTTPConnection, HTTPSConnection

TOTAL_SECONDS = 10.0
_WAIT_SECONDS = 5.0
_MAX_BODY = 256 * 1024
_DISCOVERY_SECONDS = 3600.0
CLOCK_SKEW_SECONDS = 30
MAX_TOKEN_AGE_SECONDS = 600


class EidRefused(Exception):
    """No proof. ``reason`` is a word for the log and for choosing the sentence: ``unavailable``, ``not_accepted``,
    ``assurance``, ``document``, ``state``, ``stopped``; ``detail`` says more, to the log alone."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason} {detail}".strip())


@dataclasses.dataclass(frozen=True)
class Provider:
    """The settings PORTAL_EID_*."""

    issuer: str
    client_id: str
    client_secret: str
    acr: tuple[str, ...]
    id_claim: str
    scheme: str
    scopes: str
    algorithm: str
    hosts: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Claims:
    """What was proved. ``number`` is the ID number as the provider writes it: for the caller's eyes, this once."""

    sub: str
    number: str = dataclasses.field(repr=False)


def configured() -> Provider | None:
    """The provider, where this deployment has one."""
    if not settings.PORTAL_EID_ISSUER:
        return None
    issuer = settings.PORTAL_EID_ISSUER
    return Provider(
        issuer=issuer,
        client_id=settings.PORTAL_EID_CLIENT_ID,
        client_secret=settings.PORTAL_EID_CLIENT_SECRET,
        acr=tuple(settings.PORTAL_EID_ACR),
        id_claim=settings.PORTAL_EID_ID_CLAIM,
        scheme=settings.PORTAL_EID_SCHEME,
        scopes=settings.PORTAL_EID_SCOPES,
        algorithm=settings.PORTAL_EID_ALGORITHM,
        hosts=((urlsplit(issuer).hostname or "").lower(), *settings.PORTAL_EID_HOSTS),
    )


def authorization_url(provider: Provider, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
    """Where the person goes to show the eID. Raises EidRefused (``unavailable``)."""
    endpoint = _discovered(provider, _deadline())["authorization_endpoint"]
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": provider.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": generate_code_challenge(verifier, "S256"),
        "code_challenge_method": "S256",
        "acr_values": " ".join(provider.acr),
        "prompt": "login",  # whoever used this computer before may still be signed in there
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def redeem(provider: Provider, *, code: str, redirect_uri: str, nonce: str, verifier: str) -> Claims:
    """What the provider vouches for, for this code. Raises EidRefused."""
    until = _deadline()
    endpoints = _discovered(provider, until)
    answer = _ask_token(provider, endpoints, code=code, redirect_uri=redirect_uri, verifier=verifier, until=until)
    id_token = answer.get("id_token")
    if not isinstance(id_token, str):
        raise EidRefused("not_accepted", "no_id_token")
    claims = _verified(provider, endpoints, id_token, nonce=nonce, until=until)
    sub = claims["sub"]
    number = claims.get(provider.id_claim)
    if number is None and "userinfo_endpoint" in endpoints:
        number = _ask_userinfo(provider, endpoints, answer.get("access_token"), sub, until).get(provider.id_claim)
    if not isinstance(number, str) or not number:
        raise EidRefused("document", "claim_missing")
    return Claims(sub=sub, number=number)


# --- The ID token -----------------------------------------------------------------------------------------------------


def _verified(
    provider: Provider, endpoints: Mapping[str, Any], id_token: str, *, nonce: str, until: float
) -> dict[str, Any]:
    try:
        claims = _TokenCheck(provider, endpoints, until).verify_token(id_token, nonce=nonce)
    except (jwt.PyJWTError, SuspiciousOperation) as error:
        raise EidRefused("not_accepted", type(error).__name__) from None
    except (ValueError, KeyError, TypeError):
        raise EidRefused("not_accepted", "malformed_token") from None
    if claims["aud"] not in (provider.client_id, [provider.client_id]):
        raise EidRefused("not_accepted", "audience")  # made for others too
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise EidRefused("not_accepted", "authorized_party")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise EidRefused("not_accepted", "subject")
    if claims["iat"] < time.time() - MAX_TOKEN_AGE_SECONDS:
        raise EidRefused("not_accepted", "old")
    if not isinstance(claims.get("acr"), str) or claims["acr"] not in provider.acr:
        raise EidRefused("assurance")
    return dict(claims)


class _TokenCheck(OIDCAuthenticationBackend):
    """mozilla-django-oidc's check of a token and its nonce, with our settings, our way of fetching, and the rest of
    OpenID Connect Core 3.1.3.7: issuer, audience, times. Its parts that find and make users are not used."""

    def __init__(self, provider: Provider, endpoints: Mapping[str, Any], until: float) -> None:
        self._provider, self._endpoints, self._until = provider, endpoints, until
        self._values = {
            "OIDC_OP_TOKEN_ENDPOINT": endpoints["token_endpoint"],
            "OIDC_OP_USER_ENDPOINT": endpoints.get("userinfo_endpoint", ""),
            "OIDC_OP_JWKS_ENDPOINT": endpoints["jwks_uri"],
            "OIDC_RP_CLIENT_ID": provider.client_id,
            "OIDC_RP_CLIENT_SECRET": provider.client_secret,
            "OIDC_RP_SIGN_ALGO": provider.algorithm,
        }
        super().__init__()

    def get_settings(self, attr: str, *default: Any) -> Any:
        """One of the library's settings: ours, else its default."""
        return self._values[attr] if attr in self._values else default[0]

    def retrieve_matching_jwk(self, token: str) -> jwt.PyJWK:
        """The provider's key that signed ``token``; fetched each time, so that a new key is known at once."""
        header = jwt.get_unverified_header(token)
        keys = _get_json(self._provider, self._endpoints["jwks_uri"], self._until).get("keys")
        fitting = [key for key in keys if self._fits(key, header.get("kid"))] if isinstance(keys, list) else []
        if len(fitting) != 1:
            raise SuspiciousOperation("no key")
        return jwt.PyJWK(fitting[0], algorithm=self._provider.algorithm)

    def _fits(self, key: object, name: object) -> bool:
        """A key to check signatures with. A token that does not name its key needs a provider with a single one."""
        if not isinstance(key, dict) or key.get("use", "sig") != "sig" or key.get("kty") not in ("RSA", "EC"):
            return False
        return key.get("alg", self._provider.algorithm) == self._provider.algorithm and name in (None, key.get("kid"))

    def _verify_jws(self, payload: str, key: jwt.PyJWK) -> dict[str, Any]:
        return jwt.decode(
            payload,
            key,
            algorithms=[self._provider.algorithm],
            issuer=self._provider.issuer,
            audience=self._provider.client_id,
            leeway=CLOCK_SKEW_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
        )


# --- What is asked of the provider ------------------------------------------------------------------------------------


_known: dict[str, tuple[float, dict[str, Any]]] = {}


def _discovered(provider: Provider, until: float) -> dict[str, Any]:
    """The discovery document, kept for an hour by this process."""
    kept = _known.get(provider.issuer)
    if kept and time.monotonic() - kept[0] < _DISCOVERY_SECONDS:
        return kept[1]
    document = _get_json(provider, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration", until)
    if document.get("issuer") != provider.issuer:
        raise EidRefused("unavailable", "discovery_of_another_issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _checked(provider, document.get(name))
    if "userinfo_endpoint" in document:
        _checked(provider, document["userinfo_endpoint"])
    _known[provider.issuer] = (time.monotonic(), document)
    return document


def forget_discovery() -> None:
    """Ask for the discovery document again."""
    _known.clear()


def _ask_token(
    provider: Provider, endpoints: Mapping[str, Any], *, code: str, redirect_uri: str, verifier: str, until: float
) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    methods = endpoints.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" in methods:
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    body = urlencode(form).encode()
    status, content = _exchange(provider, "POST", endpoints["token_endpoint"], until, headers=headers, body=body)
    if status in (400, 401):
        raise EidRefused("not_accepted", "code_refused")
    return _json(status, content)


def _ask_userinfo(
    provider: Provider, endpoints: Mapping[str, Any], access_token: object, sub: str, until: float
) -> dict[str, Any]:
    if not isinstance(access_token, str) or not (access_token.isascii() and access_token.isprintable()):
        raise EidRefused("not_accepted", "no_access_token")
    headers = {"Authorization": f"Bearer {access_token}"}
    info = _get_json(provider, endpoints["userinfo_endpoint"], until, headers=headers)
    if info.get("sub") != sub:
        raise EidRefused("not_accepted", "userinfo_of_somebody_else")
    return info


def _get_json(
    provider: Provider, url: str, until: float, *, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return _json(*_exchange(provider, "GET", url, until, headers=headers or {}))


def _json(status: int, content: bytes) -> dict[str, Any]:
    if status != 200:
        raise EidRefused("unavailable", f"http_{status}")
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        raise EidRefused("unavailable", "not_json") from None
    if not isinstance(parsed, dict):
        raise EidRefused("unavailable", "not_json")
    return parsed


# --- The connection ---------------------------------------------------------------------------------------------------


def _deadline() -> float:
    return time.monotonic() + TOTAL_SECONDS


def _checked(provider: Provider, url: object) -> str:
    """``url`` if we go there. Raises EidRefused."""
    if not isinstance(url, str) or not (url.isascii() and url.isprintable()) or " " in url:
        raise EidRefused("unavailable", "address")
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise EidRefused("unavailable", "address") from None
    on_this_machine = settings.INSECURE_LOOPBACK and host in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and on_this_machine):
        raise EidRefused("unavailable", "not_https")
    if host not in provider.hosts or parts.username is not None or parts.fragment:
        raise EidRefused("unavailable", "host")
    return url


def _exchange(
    provider: Provider,
    method: str,
    url: str,
    until: float,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> tuple[int, bytes]:
    parts = urlsplit(_checked(provider, url))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    patience = min(_WAIT_SECONDS, until - time.monotonic())
    if patience <= 0:
        raise EidRefused("unavailable", "timeout")
    connection: HTTPConnection
    if parts.scheme == "https":
        connection = HTTPSConnection(parts.hostname or "", parts.port, timeout=patience, ssl_context=_tls())
    else:
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=patience)
    try:
        connection.connect()
        with _cut_off(connection, until):
            wanted = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
            connection.request(method, target, body=body, headers=wanted, preload_content=False, decode_content=False)
            answer = connection.getresponse()
            content = answer.read(_MAX_BODY + 1)
    except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
        raise EidRefused("unavailable", type(error).__name__) from None
    finally:
        connection.close()
    if len(content) > _MAX_BODY:
        raise EidRefused("unavailable", "too_large")
    if time.monotonic() >= until:
        raise EidRefused("unavailable", "timeout")
    return answer.status, content


@contextlib.contextmanager
def _cut_off(connection: HTTPConnection, until: float) -> Iterator[None]:
    """End the connection at ``until``: a timeout of reads alone never ends a server that drips bytes."""

    def end() -> None:
        with contextlib.suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(until - time.monotonic(), 0), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@functools.cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
