"""Small middlewares of the project: headers of private pages, and the country's time."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from lookups.jurisdictions import rules

GetResponse = Callable[[HttpRequest], HttpResponse]


def private_pages(get_response: GetResponse) -> GetResponse:
    """Nothing that the portal says is kept by a browser or a proxy, static files excepted."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def local_time(get_response: GetResponse) -> GetResponse:
    """Pages show the jurisdiction's time."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(zoneinfo.ZoneInfo(rules.current().time_zone)):
            return get_response(request)

    return middleware
