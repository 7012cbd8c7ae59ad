"""What a broken or hostile eID provider, or a forged answer, comes to: clear words, nothing written (S2, S16)."""

import logging
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse
from joserfc.jwk import RSAKey

from lookups.identity.eid import provider as eid_client
from lookups.identity.models import ActivationCode, EidIdentity, EidProof, Enrolment
from tests.doubles import eid
from tests.doubles.eid import BadProvider, reply
from tests.factories.identity import LIN_MEIS_CARD
from tests.identity.eid_journeys import come_back, configured, leave

pytestmark = pytest.mark.django_db

NOT_CHECKED = "We could not check the answer of the eID service"
NO_ANSWER = "The eID service does not answer as it should"
NO_DOCUMENT = "Your eID did not tell us the number"
NOT_SAFE = "not safe enough"


@pytest.fixture
def provider() -> Iterator[BadProvider]:
    with eid.bad_provider(LIN_MEIS_CARD) as running, configured(running.url):
        yield running


def prove(client: Client, provider: BadProvider) -> HttpResponse:
    return come_back(client, provider.authorize(leave(client)))


def refused(response: HttpResponse, sentence: str) -> None:
    text = response.content.decode()
    assert sentence in text
    assert LIN_MEIS_CARD not in text
    assert response.status_code in {400, 503}
    for model in (ActivationCode, Enrolment, EidProof, EidIdentity):
        assert not model._default_manager.exists()


def test_it_is_believed_when_it_is_honest(client: Client, provider: BadProvider) -> None:
    """So that the refusals below are refused for what they say."""
    assert prove(client, provider).url == reverse("identity:enrol_password")


def claims(**values: Any) -> Callable[[dict[str, Any]], None]:
    def change(token: dict[str, Any]) -> None:
        token.update(values)
        for name in [name for name, value in values.items() if value is None]:
            del token[name]

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (claims(iss="http://127.0.0.1:1"), NOT_CHECKED),
        (claims(iss=None), NOT_CHECKED),
        (claims(aud="another client"), NOT_CHECKED),
        (claims(aud=["another client"]), NOT_CHECKED),
        (claims(aud=None), NOT_CHECKED),
        (claims(aud=[eid.CLIENT_ID, "another"], azp="another"), NOT_CHECKED),
        (claims(aud=[eid.CLIENT_ID, "another"], azp=eid.CLIENT_ID), NOT_CHECKED),
        (claims(azp="another client"), NOT_CHECKED),
        (claims(nonce="another nonce"), NOT_CHECKED),
        (claims(nonce=None), NOT_CHECKED),
        (claims(exp=int(time.time()) - 3600), NOT_CHECKED),
        (claims(exp=None), NOT_CHECKED),
        (claims(iat=int(time.time()) - 3600), NOT_CHECKED),
        (claims(iat=int(time.time()) + 3600), NOT_CHECKED),
        (claims(sub=""), NOT_CHECKED),
        (claims(sub=None), NOT_CHECKED),
        (claims(acr="https://eid.example/loa/low"), NOT_SAFE),
        (claims(acr=None), NOT_SAFE),
        (claims(acr=[eid.ACR]), NOT_SAFE),
        (claims(acr=eid.ACR + "x"), NOT_SAFE),
        (claims(**{eid.ID_CLAIM: None}), NO_DOCUMENT),
        (claims(**{eid.ID_CLAIM: ""}), NO_DOCUMENT),
        (claims(**{eid.ID_CLAIM: 110101}), NO_DOCUMENT),
        (claims(**{eid.ID_CLAIM: "E12345674"}), NO_DOCUMENT),
        (claims(**{eid.ID_CLAIM: LIN_MEIS_CARD[:-1] + "?"}), NO_DOCUMENT),
        (claims(**{eid.ID_CLAIM: "1" * 100_000}), NO_DOCUMENT),
    ],
)
def test_s2_a_token_that_is_not_for_us_here_and_now(
    client: Client, provider: BadProvider, change: Callable[[dict[str, Any]], None], sentence: str
) -> None:
    provider.change = change
    refused(prove(client, provider), sentence)


def test_s2_a_token_that_somebody_else_signed(client: Client, provider: BadProvider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    refused(prove(client, provider), NOT_CHECKED)


@pytest.mark.parametrize(
    ("published", "sentence"),
    [
        ([{"kid": "one"}], ""),
        ([{"kid": "one", "use": "enc"}], NOT_CHECKED),
        ([{"kid": "one", "alg": "RS512"}], NOT_CHECKED),
        ([{"kid": "another"}], NOT_CHECKED),
        ([{"kid": "one"}, {"kid": "one"}], NOT_CHECKED),
    ],
)
def test_s2_a_signature_counts_by_one_key_that_is_for_signing(
    client: Client, provider: BadProvider, published: list[dict[str, str]], sentence: str
) -> None:
    key = provider.signs_with = RSAKey.generate_key(2048)
    public = {name: value for name, value in key.as_dict(private=False).items() if name != "kid"}
    keys = [public | more for more in published]
    provider._jwks = lambda _handler: (200, {"keys": keys})  # type: ignore[method-assign]
    response = prove(client, provider)
    if sentence:
        refused(response, sentence)
    else:
        assert response.url == reverse("identity:enrol_password")


def test_s23_a_refused_proof_leaves_a_line(
    client: Client, provider: BadProvider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.change = claims(acr="low")
    prove(client, provider)
    assert "eid_failed" in caplog.text
    assert "assurance" in caplog.text


@pytest.mark.parametrize("token", ["", "nonsense", "eyJhbGciOiJub25lIn0.e30.", None, 7, "a.b.c"])
def test_s2_a_token_that_nobody_signed(client: Client, provider: BadProvider, token: object) -> None:
    provider.id_token = lambda query: token  # type: ignore[method-assign, assignment, return-value]
    refused(prove(client, provider), NOT_CHECKED)


def test_s2_a_state_of_our_own_making(client: Client, provider: BadProvider) -> None:
    back = provider.authorize(leave(client))
    forged = client.get(reverse("identity:eid_callback"), {"state": "another state", "code": "another code"})
    refused(forged, "Start again")
    assert "/token" not in provider.asked
    assert come_back(client, back).status_code == 302, "the rightful answer still counts"


@pytest.mark.parametrize("answer", [{}, {"code": ""}, {"code": "x" * 5000}, {"code": "x", "iss": "https://other"}])
def test_s2_an_answer_without_what_we_need(client: Client, provider: BadProvider, answer: dict[str, str]) -> None:
    leave(client)
    state = client.session["eid"]["state"]
    refused(client.get(reverse("identity:eid_callback"), {"state": state, **answer}), NOT_CHECKED)
    assert "/token" not in provider.asked


def test_s2_a_code_that_the_provider_gave_to_another_browser(client: Client, provider: BadProvider) -> None:
    """PKCE: a stolen code is of no use without the verifier of the browser it was made for."""
    stolen = provider.authorize(leave(Client())).partition("code=")[2].partition("&")[0]
    leave(client)
    state = client.session["eid"]["state"]
    refused(client.get(reverse("identity:eid_callback"), {"state": state, "code": unquote(stolen)}), NOT_CHECKED)
    assert "/token" in provider.asked


def test_the_number_may_come_from_userinfo_of_the_same_person(client: Client, provider: BadProvider) -> None:
    provider.change = claims(**{eid.ID_CLAIM: None})
    provider.userinfo = {eid.ID_CLAIM: LIN_MEIS_CARD}
    assert prove(client, provider).url == reverse("identity:enrol_password")


def test_s2_userinfo_of_somebody_else(client: Client, provider: BadProvider) -> None:
    provider.change = claims(**{eid.ID_CLAIM: None})
    provider.userinfo = {eid.ID_CLAIM: LIN_MEIS_CARD, "sub": "person 2"}
    refused(prove(client, provider), NOT_CHECKED)


def _error(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 500, b"{}")


def _garbage(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, b"<html>\xff")


def _list(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, b"[]")


def _deep(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, b"[" * 100_000)


def _huge(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, b'{"a": "' + b"x" * 1_000_000 + b'"}')


def _elsewhere(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 302, b"", location="https://other.example/")


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


def _no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"220 smtp\r\n")


@pytest.mark.parametrize("bad", [_error, _garbage, _list, _deep, _huge, _elsewhere, _hang_up, _no_http])
@pytest.mark.parametrize("where", ["/token", "/jwks", "/userinfo"])
def test_a_provider_that_answers_badly(
    client: Client, provider: BadProvider, where: str, bad: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    provider.change = claims(**{eid.ID_CLAIM: None})
    provider.raw[where] = bad
    refused(prove(client, provider), NO_ANSWER)


@pytest.mark.parametrize("bad", [_error, _garbage, _huge, _elsewhere])
def test_a_provider_that_does_not_say_where_it_is(
    client: Client, provider: BadProvider, bad: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    provider.raw["/.well-known/openid-configuration"] = bad
    refused(client.post(reverse("identity:eid_start")), NO_ANSWER)
    assert "eid" not in client.session


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://eid.example"},
        {"token_endpoint": "https://collector.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"userinfo_endpoint": "http://169.254.169.254/"},
        {"jwks_uri": "http://user@127.0.0.1/"},
        {"jwks_uri": "http://[/"},
    ],
)
def test_a_provider_that_leads_astray(client: Client, provider: BadProvider, wrong: dict[str, Any]) -> None:
    provider.discovery = wrong
    refused(client.post(reverse("identity:eid_start")), NO_ANSWER)


def test_a_provider_that_is_down(client: Client, provider: BadProvider) -> None:
    back = provider.authorize(leave(client))
    gone = urlsplit(provider.url)._replace(netloc="127.0.0.1:1").geturl()
    eid_client._known[provider.url][1]["token_endpoint"] = f"{gone}/token"
    refused(come_back(client, back), NO_ANSWER)


def test_a_provider_that_drips_is_cut_off(
    client: Client, provider: BadProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes in time, the whole never would."""
    monkeypatch.setattr(eid_client, "TOTAL_SECONDS", 0.5)
    written = []

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while len(written) < 1000:
                handler.wfile.write(b"X-Header: more\r\n"[len(written) % 16 :][:1])
                handler.wfile.flush()
                written.append(1)
                time.sleep(0.02)
        except OSError:
            written.append(0)

    provider.raw["/token"] = drip
    refused(prove(client, provider), NO_ANSWER)
    assert len(written) < 1000


def test_plain_http_is_for_this_machine_in_the_demo_alone(client: Client, provider: BadProvider) -> None:
    with override_settings(INSECURE_LOOPBACK=False):
        refused(client.post(reverse("identity:eid_start")), NO_ANSWER)
    assert provider.asked == []


def test_s16_neither_the_number_nor_sub_nor_tokens_are_logged(
    client: Client, provider: BadProvider, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    prove(client, provider)
    provider.change = claims(acr="low", sub="a person's secret sub")
    prove(Client(), provider)
    said = caplog.text + "".join(capfd.readouterr())
    for secret in (LIN_MEIS_CARD, "person 1", "a person's secret sub", "an access token", eid.CLIENT_SECRET):
        assert secret not in said


def test_s7_answers_are_counted_by_source(client: Client, provider: BadProvider) -> None:
    provider.change = claims(acr="low")
    statuses = [prove(client, provider).status_code for _ in range(31)]
    assert statuses == [400] * 30 + [429]
