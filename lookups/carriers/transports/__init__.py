"""Transports: the ways to reach a carrier, one file each. To add one, write its file and add its line here.

Only these modules (and identity's e-ID client) talk to the network. They know no other room, no model and not one
another: what they are given and what they answer stands in contract.py.
"""

from collections.abc import Callable

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


def transport_for(kind: str, address: Address) -> Transport:
    """The transport of a channel; raises Misconfigured for a kind that does not exist. Makes no connection yet."""
    try:
        make = _TRANSPORTS[kind]
    except KeyError:
        raise Misconfigured("unknown_kind", f"There is no transport of the kind “{kind[:40]}”.") from None
    return make(address)
