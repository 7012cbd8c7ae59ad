"""The promises of the look that need no browser: contrast in both schemes, weight, and nothing a strict CSP refuses."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings

SITE_CSS = settings.BASE_DIR / "portal" / "static" / "portal" / "site.css"
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
RAW_LIMIT = 16 * 1024  # bytes; about a third of it over the wire

# What is written on what: each pair must reach 4.5:1 (WCAG 2.2, 1.4.3), edges of inputs 3:1 (1.4.11).
WORDS = [
    *product(["--ink", "--soft", "--act"], ["--bg", "--card", "--band", "--look-row"]),
    *product(["--look"], ["--look-bg"]),
    *product(["--good"], ["--good-bg", "--card"]),
    *product(["--bad"], ["--bad-bg", "--bg", "--card"]),
    ("--act", "--act-bg"),
    ("--on-fill", "--fill"),
    ("--on-fill", "--fill-over"),
]
EDGES = [*product(["--edge", "--act", "--look-rail", "--good-rail"], ["--card", "--bg"])]


def tokens(scheme: str) -> dict[str, str]:
    """Give the colour tokens of a scheme; the dark ones stand in the first media query and override the light ones."""
    light, dark = re.findall(r":root \{(.*?)\}", SITE_CSS.read_text(), re.DOTALL)[:2]
    found = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+);", light))
    return found if scheme == "light" else found | dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+);", dark))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(WORDS, 4.5), (EDGES, 3.0)], ids=["words", "edges"])
def test_colours_reach_their_contrast(scheme: str, pairs: list[tuple[str, str]], least: float) -> None:
    colours = tokens(scheme)
    weak = {
        (front, back): round(contrast(colours[front], colours[back]), 2)
        for front, back in pairs
        if contrast(colours[front], colours[back]) < least
    }
    assert weak == {}


def test_the_stylesheet_stays_light() -> None:
    assert SITE_CSS.stat().st_size <= RAW_LIMIT


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_no_template_needs_what_the_policy_refuses(template: Path) -> None:
    source = template.read_text()
    assert not re.search(r"""\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=["']|javascript:""", source)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", source)


def test_the_stylesheet_fetches_nothing_and_knows_no_left_or_right() -> None:
    rules = re.sub(r"/\*.*?\*/", "", SITE_CSS.read_text(), flags=re.DOTALL)
    assert not re.search(r"url\(|@import|@font-face", rules)
    assert not re.search(r"(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)|[\s;]float:", rules)
