"""The portal's addresses with those of the demo, which a process without PORTAL_DEMO has left out."""

from django.urls import include, path

from portal import urls

urlpatterns = [*urls.urlpatterns, path("demo/", include("lookups.demo.urls"))]
