"""The console's page about feeds: what a carrier has delivered, and what became of it. Nobody edits one."""

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lookups.carriers.admin import StaffAdmin
from lookups.registry.models import Feed


class FeedAdmin(StaffAdmin):
    """Clerks see their own carrier's feeds, officers and operators all."""

    list_display = ("as_of", "carrier", "kind", "state", "lines", "rejected", "problem")
    list_filter = ("state", "kind")
    list_select_related = ("carrier",)
    ordering = ("-as_of",)
    date_hierarchy = "as_of"
    fields = (
        "carrier",
        "kind",
        "as_of",
        "received_at",
        "applied_at",
        "state",
        "problem",
        "sha256",
        ("lines", "rejected", "rejects_file"),
        ("started", "changed", "ended", "unchanged"),
    )
    readonly_fields: ClassVar = ("sha256",)

    @admin.display(description=_("SHA-256 of the file"))
    def sha256(self, feed: Feed) -> str:
        return bytes(feed.digest).hex()

    def has_change_permission(self, request: HttpRequest, obj: Feed | None = None) -> bool:
        return False


PAGES = ((Feed, FeedAdmin),)
