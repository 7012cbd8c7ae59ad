"""The search for the canary finds what it has to find: without this its silence would mean nothing."""

import base64
import json
import pickle
import urllib.parse
from collections.abc import Callable

import pytest

from tests.whole import canary
from tests.whole.canary import EMAIL, ID_NUMBER, NUMBER, PASSWORD, STATEMENT, WORDS_TOO

SPELLINGS: list[tuple[str, Callable[[str], str | bytes]]] = [
    ("plain", lambda text: f"x{text}y"),
    ("lower case", str.lower),
    ("upper case", str.upper),
    ("base64", lambda text: base64.b64encode(text.encode())),
    ("base64 inside JSON", lambda text: base64.b64encode(json.dumps(["a", {"b": text}]).encode())),
    ("base64 one on", lambda text: base64.b64encode(f"a{text}b".encode())),
    ("base64 two on", lambda text: base64.urlsafe_b64encode(f"ab{text}".encode())),
    ("hexadecimal", lambda text: f"\\x00{text.encode().hex()}ff"),
    ("hexadecimal, upper case", lambda text: text.encode().hex().upper()),
    ("JSON", json.dumps),
    ("an address", lambda text: urllib.parse.urlencode({"q": text})),
    ("a path", urllib.parse.quote),
    ("a pickle", pickle.dumps),
    ("UTF-16", lambda text: text.encode("utf-16")),
]
VALUES = [ID_NUMBER, NUMBER, STATEMENT, WORDS_TOO, EMAIL, PASSWORD]


@pytest.mark.parametrize("value", VALUES, ids=["id", "number", "statement", "words", "email", "password"])
@pytest.mark.parametrize(("name", "spell"), SPELLINGS, ids=[name for name, _ in SPELLINGS])
def test_each_value_in_each_encoding(name: str, spell: Callable[[str], str | bytes], value: str) -> None:
    assert canary.for_the_person().find({"here": spell(value)})


@pytest.mark.parametrize(
    "spelling",
    [
        "159 2603 7418",
        "+86 159-2603-7418",
        "008615926037418",
        "(159) 26037418".replace(") ", "\N{NO-BREAK SPACE}"),
        "1592 6037 418",
        "159/26037418",
        "440301 19930817 103X",
        "440301-19930817-103x",
        "440301199308171030",
        "4403 0119 9308 1710 3X",
        "440301_19930817103",
    ],
)
def test_grouped_digits(spelling: str) -> None:
    assert canary.for_the_person().find({"here": spelling})


@pytest.mark.parametrize("innocent", ["+86 159 •••• 7418", "", "a canary", "15926037419", "2603 7418"])
def test_what_is_no_leak(innocent: str) -> None:
    assert canary.for_the_person().find({"here": innocent}) == []


def test_what_was_given_to_the_person_is_looked_for_too() -> None:
    found = canary.for_the_person(secrets=["K7M2-9QX4-AB3D"]).find({"there": "code=K7M2-9QX4-AB3D"})
    assert "secret as text in there" in found
