"""Outbox as a Django app: tasks and abstract models, no table of its own."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "lookups.outbox"
    label = "outbox"
