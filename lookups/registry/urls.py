"""Addresses of the registry: where carriers' systems deliver."""

from django.urls import path

from lookups.registry import api

app_name = "registry"
urlpatterns = [
    path("api/v1/feeds/<uuid:feed_id>", api.feed, name="feed"),
    path("api/v1/feeds/<uuid:feed_id>/rejects", api.rejects, name="rejects"),
    path("api/v1/feeds/<str:kind>/<str:as_of>", api.deliver, name="deliver"),
]
