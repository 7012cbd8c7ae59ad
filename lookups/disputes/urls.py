"""Addresses of disputes: the citizen's pages, and the listener for carriers' systems."""

from django.urls import path

from lookups.disputes import certificate_views, listener, views

app_name = "disputes"
urlpatterns = [
    path("disputes/", views.index, name="list"),
    path("disputes/<slug:reference>/", views.detail, name="detail"),
    path("disputes/<slug:reference>/withdraw/", views.withdraw, name="withdraw"),
    path("disputes/<slug:reference>/send-now/", views.send_now, name="send_now"),
    path("disputes/<slug:reference>/close/", views.close, name="close"),
    path("disputes/<slug:reference>/appeal/", views.appeal, name="appeal"),
    path("disputes/<slug:reference>/reply/", views.reply, name="reply"),
    path("disputes/<slug:reference>/certificate/", certificate_views.certificate, name="certificate"),
    # Certificates, for everybody who holds one.
    path("verify/", certificate_views.verify, name="verify"),
    path("verify/<slug:code>/", certificate_views.verify_code, name="verify_code"),
    path("numbers/<uuid:registration_id>/dispute/", views.file, name="file"),
    path("numbers/<uuid:registration_id>/dispute/review/", views.review, name="review"),
    path(
        "tmf-api/troubleTicket/v5/carriers/<slug:code>/listener/<slug:event_name>",
        listener.listen,
        name="listener",
    ),
]
