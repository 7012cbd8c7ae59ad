"""Addresses of disputes: the citizen's pages, and the listener for carriers' systems."""

from django.urls import path

from lookups.disputes import certificate_views, evidence_views, filing_views, listener, views

app_name = "disputes"
urlpatterns = [
    path("disputes/", views.index, name="list"),
    path("disputes/<slug:reference>/", views.detail, name="detail"),
    path("disputes/<slug:reference>/withdraw/", views.withdraw, name="withdraw"),
    path("disputes/<slug:reference>/send-now/", views.send_now, name="send_now"),
    path("disputes/<slug:reference>/close/", views.close, name="close"),
    path("disputes/<slug:reference>/appeal/", views.appeal, name="appeal"),
    path("disputes/<slug:reference>/reply/", views.reply, name="reply"),
    path("disputes/<slug:reference>/more/", views.say_more, name="say_more"),
    path("disputes/<slug:reference>/certificate/", certificate_views.certificate, name="certificate"),
    # Certificates, for everybody who holds one.
    path("verify/", certificate_views.verify, name="verify"),
    path("verify/<slug:code>/", certificate_views.verify_code, name="verify_code"),
    path("disputes/<slug:reference>/evidence/", evidence_views.more_evidence, name="more_evidence"),
    path("disputes/<slug:reference>/go-on/", views.go_on, name="go_on"),
    path("disputes/<slug:reference>/evidence/<uuid:evidence_id>/", evidence_views.evidence_file, name="evidence_file"),
    path("numbers/dispute/", filing_views.choose, name="choose"),
    path("numbers/<uuid:registration_id>/dispute/", filing_views.file, name="file"),
    path("numbers/<uuid:registration_id>/dispute/evidence/", evidence_views.evidence, name="evidence"),
    path("numbers/<uuid:registration_id>/dispute/review/", filing_views.review, name="review"),
    path("numbers/<uuid:registration_id>/dispute/<slug:page>/", filing_views.question, name="question"),
    path(
        "tmf-api/troubleTicket/v5/carriers/<slug:code>/listener/<slug:event_name>",
        listener.listen,
        name="listener",
    ),
]
