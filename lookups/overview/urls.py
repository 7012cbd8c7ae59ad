"""Addresses of the combined pages."""

from django.urls import path

from lookups.overview import views

app_name = "overview"
urlpatterns = [
    path("", views.home, name="home"),
    path("numbers/", views.numbers, name="numbers"),
    path("numbers/<uuid:registration_id>/", views.number, name="number"),
    path("numbers/<uuid:registration_id>/digits/", views.reveal, name="reveal"),
    path("numbers/<uuid:registration_id>/confirm/", views.confirm, name="confirm"),
    path("numbers/<uuid:registration_id>/unconfirm/", views.unconfirm, name="unconfirm"),
    path("activity/", views.activity, name="activity"),
    path("statistics/", views.statistics, name="statistics"),
]
