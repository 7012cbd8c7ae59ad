"""Jurisdictions as a Django app; it has no table."""

from django.apps import AppConfig


class JurisdictionsConfig(AppConfig):
    name = "lookups.jurisdictions"
    label = "jurisdictions"
