"""Transports: the ways to reach a carrier, one file each. To add one, write its file and add its line here.

Only these modules (and identity's e-ID client) talk to the network. They know no other room, no model and not one
another: what they are given and what they answer stands in contract.py.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lookups.carriers.transports.console import ConsoleTransport
from lookups.carriers.transports.contract import Address, Transport
from lookups.carriers.transports.demo import DemoTransport
from lookups.carriers.transports.tmforum import TMForumTransport
from lookups.outbox.receipts import Misconfigured

_TRANSPORTS: dict[str, Callable[[Address], Transport]] = {
    "tmforum": TMForumTransport,
    "console": ConsoleTransport,
    "demo": DemoTransport,
}

KINDS = tuple(_TRANSPORTS)


def _hosts(text: str) -> list[str]:
    return [host.strip().lower() for host in text.split(",") if host.strip()]


# The settings of each kind, and how a value is read from what a person types (ValueError for nonsense).
SETTINGS: Mapping[str, Mapping[str, Callable[[str], Any]]] = {
    "tmforum": {
        "base_url": str,
        "allowed_hosts": _hosts,
        "timeout": float,
        "connect_timeout": float,
        "deadline": float,
        "ca_file": str,
    },
    "console": {},
    "demo": {"mode": str},
}


def transport_for(kind: str, address: Address) -> Transport:
    """The transport of a channel; raises Misconfigured for a kind that does not exist. Makes no connection yet."""
    try:
        make = _TRANSPORTS[kind]
    except KeyError:
        raise Misconfigured("unknown_kind", f"There is no transport of the kind “{kind[:40]}”.") from None
    return make(address)
