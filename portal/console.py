"""The console site: Django's admin behind both factors, with the pages that the rooms bring."""

from django.utils.translation import gettext_lazy as _
from django_otp.admin import OTPAdminSite

from lookups.carriers import admin as carriers
from lookups.disputes import admin as disputes
from lookups.registry import admin as registry


class Console(OTPAdminSite):
    """Where carrier staff, officers and operators work."""

    site_header = _("Numbers in my name: console")
    site_title = _("Console")
    index_title = _("Your work")
    site_url = None
    enable_nav_sidebar = False
    empty_value_display = "–"


site = Console(name="admin")
for model, page in (*disputes.PAGES, *registry.PAGES, *carriers.PAGES):
    site.register(model, page)
