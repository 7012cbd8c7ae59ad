"""Who to sign in as, with codes of this moment, and every message the portal would have sent."""

import ipaddress

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from lookups.demo import page, world
from lookups.identity.decorators import public


@public
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """For this very machine only, and never of a database in which real people have accounts, whatever is set."""
    if not _is_from_here(request) or world.is_real():
        raise Http404
    return render(request, "demo/home.html", {"people": page.people(), "messages_sent": page.messages()})


def _is_from_here(request: HttpRequest) -> bool:
    """By the connection itself: what a proxy or a browser says of its origin counts for nothing."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
