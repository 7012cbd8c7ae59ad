"""The sample world as a Django app."""

import importlib

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "lookups.demo"
    label = "demo"

    def ready(self) -> None:
        importlib.import_module("lookups.demo.checks")
