"""Addresses. Which of them are public stands at the views; everything else needs both factors (identity.middleware)."""

from django.conf import settings
from django.urls import include, path

from portal import views
from portal.console import site as console

urlpatterns = [
    path("", include("lookups.identity.urls")),
    path("", include("lookups.overview.urls")),
    path("", include("lookups.disputes.urls")),
    path("", include("lookups.registry.urls")),
    path("console/", console.urls),
    path("livez", views.livez),
    path("readyz", views.readyz),
    path("metrics", views.metrics),
]

if settings.PORTAL_DEMO:
    urlpatterns.append(path("demo/", include("lookups.demo.urls")))

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler500 = "portal.views.server_error"
