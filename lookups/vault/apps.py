"""Vault as a Django app: it owns the first migration (database roles) and no table."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "lookups.vault"
    label = "vault"
    default_auto_field = "django.db.models.UUIDField"
