"""How a test goes to the eID provider and back, and what the portal has to be told of the provider."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from lookups.identity.eid import provider
from tests.doubles import eid


@contextmanager
def configured(issuer: str, **more: object) -> Iterator[None]:
    """The portal with this provider."""
    values = {
        "PORTAL_EID_ISSUER": issuer,
        "PORTAL_EID_CLIENT_ID": eid.CLIENT_ID,
        "PORTAL_EID_CLIENT_SECRET": eid.CLIENT_SECRET,
        "PORTAL_EID_ACR": [eid.ACR],
        "PORTAL_EID_ID_CLAIM": eid.ID_CLAIM,
        "PORTAL_EID_SCHEME": "CN-RIC",
        "INSECURE_LOOPBACK": True,
    }
    provider.forget_discovery()
    with override_settings(**values | more):
        yield
    provider.forget_discovery()


def leave(client: Client, *, door: str = "identity:eid_start") -> str:
    """The address at the provider that the portal sends this browser to."""
    response = client.post(reverse(door))
    assert response.status_code == 200, response.status_code
    link = re.search(r'<a class="btn" href="([^"]+)"', response.content.decode())
    assert link
    return html.unescape(link[1])


def come_back(client: Client, url: str) -> HttpResponse:
    """Follow the provider's redirect to the portal."""
    parts = urlsplit(url)
    return client.get(f"{parts.path}?{parts.query}")
