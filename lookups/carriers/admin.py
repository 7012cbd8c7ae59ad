"""The console's pages about carriers, and what all console pages share: roles decide, rows are scoped."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lookups.carriers.models import Carrier, Channel, Membership
from lookups.carriers.scoping import scope
from lookups.identity.models import Account, Role
from lookups.outbox.drain import close_breaker

EVERY_STAFF = frozenset({Role.CARRIER, Role.OFFICER, Role.OPERATOR})
OPERATORS = frozenset({Role.OPERATOR})


class StaffAdmin(admin.ModelAdmin):
    """A console page: ``viewers`` may read, ``editors`` may also write; ``carrier_column`` says whose a row is."""

    viewers: ClassVar[frozenset[str]] = EVERY_STAFF
    editors: ClassVar[frozenset[str]] = frozenset()
    carrier_column: ClassVar[str] = "carrier_id"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return scope(request).limit(rows, self.carrier_column) if self.carrier_column else rows

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is(request, self.viewers)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is(request, self.viewers)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is(request, self.editors)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is(request, self.editors)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _is(self, request: HttpRequest, roles: frozenset[str]) -> bool:
        return isinstance(request.user, Account) and request.user.role in roles


class CarrierAdmin(StaffAdmin):
    """Who the carriers are. The operator adds them."""

    viewers = OPERATORS
    editors = OPERATORS
    carrier_column = ""
    list_display = ("name", "code", "host", "is_active")
    search_fields = ("name", "code")


class ChannelAdmin(StaffAdmin):
    """How carriers are reached, and whether they answer. Secrets are never shown."""

    viewers = frozenset({Role.CARRIER, Role.OPERATOR})
    editors = OPERATORS
    list_display = ("carrier", "kind", "answers", "failures", "max_in_flight")
    readonly_fields = ("failures", "open_until")
    fields = ("carrier", "kind", "settings", "max_in_flight", "failures", "open_until")
    actions = ("try_again_now",)

    @admin.display(description=_("answers"), boolean=True)
    def answers(self, channel: Channel) -> bool:
        return channel.open_until is None or channel.open_until <= timezone.now()

    @admin.action(description=_("Try to reach these carriers again now"), permissions=["change"])
    def try_again_now(self, request: HttpRequest, rows: QuerySet[Channel]) -> None:
        close_breaker(rows)
        messages.success(request, _("The next message goes out within a few seconds."))


class MembershipAdmin(StaffAdmin):
    """Who works for which carrier."""

    viewers = OPERATORS
    list_display = ("account", "carrier", "role")


PAGES = ((Carrier, CarrierAdmin), (Channel, ChannelAdmin), (Membership, MembershipAdmin))
