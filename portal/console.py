"""The console site: Django's admin behind both factors, with the pages that the rooms bring."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_otp.admin import OTPAdminSite

from lookups.carriers import admin as carriers
from lookups.disputes import admin as disputes
from lookups.identity import admin as identity
from lookups.registry import admin as registry


class Console(OTPAdminSite):
    """Where carrier staff, officers and operators work."""

    site_header = _("Numbers in my name: console")
    site_title = _("Console")
    index_title = _("Your work")
    site_url = None
    enable_nav_sidebar = False
    empty_value_display = "–"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The rooms in the order of the work: disputes first, what is set up once last."""
        rooms: list[dict[str, Any]] = super().get_app_list(request, app_label)
        return sorted(rooms, key=lambda room: ("disputes", "registry", "identity", "carriers").index(room["app_label"]))


site = Console(name="admin")
for model, page in (*disputes.PAGES, *registry.PAGES, *identity.PAGES, *carriers.PAGES):
    site.register(model, page)
