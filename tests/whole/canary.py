"""The canary: a person outside the sample cast, everything that must never be seen of them, and the search for it.

A value is looked for in every spelling that software is likely to give it: grouped, in both cases, in base64 wherever
it begins, in hexadecimal, in an address, in JSON, in HTML.
"""

import base64
import html
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

ID_NUMBER = "44030119930817103X"
NUMBER = "+8615926037418"
SECOND_NUMBER = "+8615926037425"
THIRD_NUMBER = "+8615926037432"
EMAIL = "heliotrope.canary@post.example"
WORDS = "heliotrope canary never in Liuzhou"
WORDS_TOO = "金丝雀石楠花"
STATEMENT = f"{WORDS}. {WORDS_TOO} Call me at {NUMBER}, my ID is {ID_NUMBER}."
PASSWORD = "umbrella lantern seaweed 92"

_BETWEEN = ("", " ", "-", ".", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "/", "_")


class Search:
    """Looks for some values in anything at all."""

    def __init__(self, **secrets: Iterable[str]) -> None:
        self._wanted: dict[bytes, str] = {}
        for name, spellings in secrets.items():
            for how, encoded in itertools.chain.from_iterable(map(_encodings, spellings)):
                self._wanted.setdefault(encoded, f"{name} as {how}")

    def find(self, places: Mapping[str, bytes | str]) -> list[str]:
        """What was found where; never the value itself, since this is shown when a test fails."""
        return [f"{what} in {where}" for where, content in places.items() for what in sorted(self._in(content))]

    def _in(self, content: bytes | str) -> set[str]:
        raw = content.encode() if isinstance(content, str) else content
        lower = raw.lower()
        return {what for wanted, what in self._wanted.items() if wanted in raw or wanted.lower() in lower}


def for_the_person(*, email: str = EMAIL, secrets: Iterable[str] = ()) -> Search:
    """Everything of the canary: both numbers, the ID, their words, the address, and secrets that they were given."""
    return Search(
        id_number=spellings_of_id(ID_NUMBER),
        number=[each for number in (NUMBER, SECOND_NUMBER, THIRD_NUMBER) for each in spellings_of_number(number)],
        statement=[WORDS, WORDS_TOO],
        email=[email],
        secret=[PASSWORD, *secrets],
    )


def spellings_of_id(number: str) -> list[str]:
    """Without its check character, so that a mistyped one, a small x or none is found as well."""
    return _grouped(number[:17], (17,), (6, 8, 3), (6, 4, 4, 3), (4, 4, 4, 4, 1), (3, 3, 3, 3, 3, 2), (6, 11))


def spellings_of_number(number: str) -> list[str]:
    """Without the country's code: then whatever stands before it does not matter."""
    return _grouped(number.removeprefix("+86"), (11,), (3, 4, 4), (3, 8), (4, 4, 3), (3, 3, 5), (2, 2, 2, 2, 3))


def _grouped(digits: str, *groupings: tuple[int, ...]) -> list[str]:
    spellings = set()
    for sizes, between in itertools.product(groupings, _BETWEEN):
        ends = list(itertools.accumulate(sizes))
        spellings.add(between.join(digits[end - size : end] for size, end in zip(sizes, ends, strict=True)))
    return sorted(spellings)


def _encodings(text: str) -> Iterator[tuple[str, bytes]]:
    raw, escaped = text.encode(), json.dumps(text)[1:-1].encode()
    yield "text", raw
    yield "UTF-16", text.encode("utf-16-le")
    yield "hexadecimal", raw.hex().encode()
    yield "an address", quote(text).encode()
    yield "a form", quote_plus(text).encode()
    yield "JSON", escaped
    yield "HTML", html.escape(text).encode()
    yield "HTML entities", text.encode("ascii", "xmlcharrefreplace")
    for start, content in itertools.product(range(3), {raw, escaped}):
        yield "base64", _inside_base64(content, start, base64.b64encode)
        yield "base64 for addresses", _inside_base64(content, start, base64.urlsafe_b64encode)


def _inside_base64(raw: bytes, start: int, encode: Callable[[bytes], bytes]) -> bytes:
    """The characters that ``raw`` alone decides where it begins ``start`` bytes into a group of three."""
    return encode(b"\0" * start + raw)[(start * 8 + 5) // 6 : (start + len(raw)) * 8 // 6]
