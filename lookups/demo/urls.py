"""The address of the sample world's page (only with PORTAL_DEMO)."""

from django.urls import path

from lookups.demo import views

app_name = "demo"
urlpatterns = [path("", views.home, name="home")]
