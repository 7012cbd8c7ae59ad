"""Disputes as a Django app."""

from django.apps import AppConfig


class DisputesConfig(AppConfig):
    name = "lookups.disputes"
    label = "disputes"
