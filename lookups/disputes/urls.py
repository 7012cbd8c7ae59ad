"""Addresses of disputes: the citizen's pages, and the listener for carriers' systems."""

from django.urls import path

from lookups.disputes import listener, views

app_name = "disputes"
urlpatterns = [
    path("disputes/", views.index, name="list"),
    path("disputes/<slug:reference>/", views.detail, name="detail"),
    path("disputes/<slug:reference>/withdraw/", views.withdraw, name="withdraw"),
    path("disputes/<slug:reference>/send-now/", views.send_now, name="send_now"),
    path("disputes/<slug:reference>/close/", views.close, name="close"),
    path("disputes/<slug:reference>/appeal/", views.appeal, name="appeal"),
    path("disputes/<slug:reference>/reply/", views.reply, name="reply"),
    path("numbers/<uuid:registration_id>/dispute/", views.file, name="file"),
    path("numbers/<uuid:registration_id>/dispute/review/", views.review, name="review"),
    path(
        "tmf-api/troubleTicket/v5/carriers/<slug:code>/listener/<slug:event_name>",
        listener.listen,
        name="listener",
    ),
]
