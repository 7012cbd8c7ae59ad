"""Carriers as a Django app."""

from django.apps import AppConfig


class CarriersConfig(AppConfig):
    name = "lookups.carriers"
    label = "carriers"
