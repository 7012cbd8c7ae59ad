"""What every answer tells the browser, whatever it is about, and what cookies are like (S13)."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from lookups.overview import figures
from tests.cast import PASSWORD, WEIS_ID, code_for
from tests.whole.addresses import every_address
from tests.whole.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)

ONE_YEAR = 365 * 86400
# Answers that no address of the URLconf gives by itself.
MISHAPS: dict[str, tuple[int, Callable[[Client], HttpResponse]]] = {
    "an unknown address": (404, lambda client: client.get("/no/such/page/")),
    "an address without its last slash": (301, lambda client: client.get("/numbers")),
    "a wrong method": (405, lambda client: client.post("/statistics/")),
    "a host that is not ours": (400, lambda client: client.get("/", headers={"host": "elsewhere.example"})),
    "a forged form": (403, lambda client: Client(enforce_csrf_checks=True).post("/sign-in/", secure=True)),
    "an error of ours": (500, lambda client: client.get("/statistics/")),
}


def faults(response: HttpResponse, *, secure: bool = True) -> list[str]:
    """What is wrong with the headers of one answer."""
    headers = response.headers
    policy = {
        name: set(values)
        for name, *values in (part.split() for part in headers.get("Content-Security-Policy", "").split(";") if part)
    }
    expected = {
        "default-src": policy.get("default-src") == {"'none'"},
        "object-src": policy.get("object-src") == {"'none'"},
        "base-uri": policy.get("base-uri") == {"'none'"},
        "frame-ancestors": policy.get("frame-ancestors") == {"'none'"},
        "form-action": policy.get("form-action") == {"'self'"},
        "nothing inline": not {"'unsafe-inline'", "'unsafe-eval'", "*"} & set().union(*policy.values()),
        "nosniff": headers.get("X-Content-Type-Options") == "nosniff",
        "referrer": headers.get("Referrer-Policy") in {"same-origin", "no-referrer"},
        "opener": headers.get("Cross-Origin-Opener-Policy") == "same-origin",
        "no-store": "no-store" in headers.get("Cache-Control", ""),
        "no server named": "Server" not in headers and "X-Powered-By" not in headers,
    }
    if secure:
        age = headers.get("Strict-Transport-Security", "").partition("max-age=")[2].partition(";")[0]
        expected["hsts"] = age.isdigit() and int(age) >= ONE_YEAR
    for name, cookie in response.cookies.items():
        expected[f"cookie {name}"] = all(
            [
                name.startswith("__Host-"),
                cookie["secure"],
                cookie["httponly"],
                cookie["samesite"] in {"Lax", "Strict"},
                cookie["path"] == "/",
                not cookie["domain"],
            ]
        )
    return [name for name, holds in expected.items() if not holds]


@pytest.mark.parametrize("who", ["", "wei", "eli"])
def test_every_address_for_everybody(world: World, who: str) -> None:
    client = world.signed_in(who)
    wrong = {one.name: faults(client.get(one.path, secure=True)) for one in every_address(world.values)}
    assert {where: what for where, what in wrong.items() if what} == {}


@pytest.mark.parametrize("mishap", MISHAPS)
def test_mishaps(client: Client, db: None, monkeypatch: pytest.MonkeyPatch, mishap: str) -> None:
    monkeypatch.setattr(figures, "by_carrier", lambda: 1 / 0)
    client.raise_request_exception = False
    status, ask = MISHAPS[mishap]
    answer = ask(client)
    assert answer.status_code == status
    assert faults(answer, secure=answer.wsgi_request.is_secure()) == []


def test_no_hsts_where_there_is_no_tls(client: Client, db: None) -> None:
    answer = client.get("/")
    assert "Strict-Transport-Security" not in answer.headers
    assert faults(answer, secure=False) == []


def test_cookies_of_signing_in(world: World, settings: Settings) -> None:
    client = Client()
    client.get(reverse("identity:sign_in"), secure=True)
    fields = {"scheme": "CN-RIC", "number": WEIS_ID, "password": PASSWORD}
    first = client.post(reverse("identity:sign_in"), fields, secure=True)
    second = client.post(reverse("identity:sign_in_code"), {"token": code_for()}, secure=True)
    assert second.url == reverse("overview:numbers")
    assert set(client.cookies) == {"__Host-session", "__Host-csrf", "__Host-device"}
    assert faults(first) == faults(second) == []


def test_signing_out_clears_the_browser(world: World) -> None:
    answer = world.signed_in("wei").post(reverse("identity:sign_out"), secure=True)
    assert {'"cache"', '"storage"'} <= set(answer.headers["Clear-Site-Data"].split(", "))
    assert [fault for fault in faults(answer) if not fault.startswith("cookie")] == []
