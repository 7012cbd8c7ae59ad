"""Registry as a Django app."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "lookups.registry"
    label = "registry"
