"""Each promise of the sign-in has a test that names it, by S1 … in its own name or in its docstring."""

import ast
import re

import pytest

from tests.whole.test_consistency import ROOT, python_files

#: What signing in has to hold (S1 to S15), and that no limit depends on the broker (S23).
ITEMS = [f"S{number}" for number in (*range(1, 16), 23)]
_NAMED = re.compile(r"(?<![a-z0-9])s(\d{1,2})(?![a-z0-9])", re.IGNORECASE)


def items_in(text: str) -> set[str]:
    """``test_s6_s9_…`` and "(S6, S9)" alike."""
    return {f"S{number}" for number in _NAMED.findall(text)}


def named() -> dict[str, list[str]]:
    """The items, and the tests that name them themselves: a module's docstring alone names nothing."""
    found: dict[str, list[str]] = {}
    for file in python_files("tests"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for item in items_in(node.name) | items_in(ast.get_docstring(node) or ""):
                    found.setdefault(item, []).append(f"{file.relative_to(ROOT)}::{node.name}")
    return found


def test_every_security_item_of_the_sign_in_is_named_by_a_test() -> None:
    assert [item for item in ITEMS if item not in named()] == []


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("test_s6_s9_once", {"S6", "S9"}),
        ("Growing delays (S7, S23).", {"S7", "S23"}),
        ("test_class1_ids2_s", set()),
        ("RFC 7636 with S256", set()),
    ],
)
def test_what_counts_as_naming(text: str, items: set[str]) -> None:
    assert items_in(text) == items
