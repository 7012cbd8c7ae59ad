"""The published TMF621 v5.0.1 schema, for tests that hold our wire format to it; they skip where it is not at hand."""

import functools
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

_FILE = Path(__file__).resolve().parents[3] / "shared/specs/tmf621/TMF621-Trouble_Ticket-v5.0.1.oas.yaml"

needs_schema = pytest.mark.skipif(not _FILE.exists(), reason="The published specification is not beside the checkout.")


@functools.cache
def _document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(_FILE.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


def check(value: Any, schema: str) -> None:
    """Fail with every way in which `value` is not what the component `schema` says.

    The file's oneOf of reference types matches several of its own branches, so values with related parties or
    attachments cannot be checked with it; ours have none.
    """
    root = {"$ref": f"#/components/schemas/{schema}", "components": _document()["components"]}
    validator = Draft202012Validator(root, format_checker=Draft202012Validator.FORMAT_CHECKER)
    troubles = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert not troubles, "\n".join(troubles)


def attributes(schema: str) -> set[str]:
    """The names that a component schema defines, those it inherits included."""
    names: set[str] = set()
    component = _document()["components"]["schemas"][schema]
    for part in [component, *component.get("allOf", [])]:
        if "$ref" in part:
            names |= attributes(part["$ref"].rpartition("/")[2])
        names |= set(part.get("properties", ()))
    return names
