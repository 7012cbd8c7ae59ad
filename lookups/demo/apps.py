"""The sample world as a Django app."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "lookups.demo"
    label = "demo"
