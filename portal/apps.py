"""The project itself as a Django app, for its commands, templates and static files."""

from django.apps import AppConfig

from portal import checks
from portal.celery import app as celery_app


class PortalConfig(AppConfig):
    name = "portal"
    label = "portal"
    # Held here so that every process that has apps also has the broker that doorbells are rung at.
    celery = celery_app

    def ready(self) -> None:
        checks.register_all()
