"""Every address of the portal, as the URLconf has them, filled with values that exist."""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import ModelAdmin
from django.urls import URLPattern, URLResolver, get_resolver

_PLACE = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
_REGEX_PLACE = re.compile(r"\(\?P<(?P<name>\w+)>(?P<values>[^)]*)\)")
_EXAMPLES = {"uuid": str(uuid.UUID(int=1)), "int": "1", "path": str(uuid.UUID(int=1))}


@dataclass(frozen=True)
class Address:
    """One pattern: its full name, an example of it, and the view behind it."""

    name: str
    path: str
    view: Callable[..., Any]

    @property
    def in_console(self) -> bool:
        return self.path.startswith("/console/")

    @property
    def access(self) -> str:
        """How the view is marked: public, machine, first factor, or not at all."""
        return getattr(self.view, "access", "")


def every_address(values: Mapping[str, str] | None = None) -> list[Address]:
    """All of them; ``values`` names examples for places (``reference``, ``registration_id``…).

    A page of the console about one object gets an object that exists, if there is one.
    """
    return list(_walk(get_resolver(), "/", "", values or {}))


def _walk(resolver: URLResolver, before: str, names: str, values: Mapping[str, str]) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            namespace = f"{names}{pattern.namespace}:" if pattern.namespace else names
            yield from _walk(pattern, before + _example(pattern, values), namespace, values)
        else:
            path = before + _example(pattern, _with_object(pattern, values))
            yield Address(f"{names}{pattern.name or path.strip('/')}", path, pattern.callback)


def _with_object(pattern: URLPattern, values: Mapping[str, str]) -> Mapping[str, str]:
    admin: ModelAdmin[Any] | None = getattr(pattern.callback, "model_admin", None)
    first = admin.model._default_manager.order_by("pk").first() if admin else None
    return {**values, "object_id": str(first.pk)} if first else values


def _example(pattern: URLPattern | URLResolver, values: Mapping[str, str]) -> str:
    route = str(pattern.pattern)
    if not hasattr(pattern.pattern, "_route"):
        alternatives = _REGEX_PLACE.sub(lambda place: place["values"].split("|")[0].replace(".*", "no/such"), route)
        return alternatives.strip("^$").replace("\\Z", "")
    return _PLACE.sub(lambda place: values.get(place["name"], _EXAMPLES.get(place["kind"] or "", "example")), route)
