"""The portal's addresses and a few pages more, one for each mark that a view can carry."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from lookups.identity.decorators import citizen_page, first_factor, machine, public, step_up
from portal import urls


def _page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"reached by {request.method}")


@public
def open_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


@first_factor
def half_way_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


@machine
def machine_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


@citizen_page
def citizens_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


@step_up
def careful_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


def unmarked_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


urlpatterns = [
    *urls.urlpatterns,
    path("test/open/", open_page),
    path("test/half-way/", half_way_page),
    path("test/machine/", machine_page),
    path("test/citizens/", citizens_page),
    path("test/careful/", careful_page),
    path("test/unmarked/", unmarked_page),
]
handler400 = urls.handler400
handler403 = urls.handler403
handler404 = urls.handler404
handler500 = urls.handler500
