"""The counter: a clerk of the authority hands over a code after checking the card. No carrier's staff ever does.

The page lists nothing and looks nothing up: it takes a document's number, by POST, and shows one code once.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from lookups.identity import letters, services
from lookups.identity.decorators import step_up
from lookups.identity.models import Account, ActivationCode, Role
from lookups.identity.proof_forms import CounterForm
from lookups.identity.sessions import account_of

COUNTER_STAFF = frozenset({Role.AUTHORITY})


class CounterAdmin(admin.ModelAdmin):
    """One page instead of Django's list: nobody browses codes."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, Account) and request.user.role in COUNTER_STAFF

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        """The counter is the only page of this model."""
        return [path("", self.admin_site.admin_view(self.counter), name="identity_activationcode_changelist")]

    def counter(self, request: HttpRequest) -> HttpResponse:
        """For clerks of the authority alone; a factor must be fresh."""
        if not self.has_module_permission(request):
            raise PermissionDenied
        return self._hand_over(request)

    @step_up
    def _hand_over(self, request: HttpRequest) -> HttpResponse:
        """The form, or the code that was just made: shown once, in the answer to the POST, and kept nowhere."""
        form = CounterForm(request.POST if request.method == "POST" else None)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Hand over a code"),
            "form": form,
            "opts": self.model._meta,
        }
        if request.method == "POST" and form.is_valid():
            clerk = account_of(request)
            code = services.hand_over_code(
                form.subject,
                scheme=form.cleaned_data["scheme"],
                clerk=clerk,
                organisation=str(clerk.get_role_display()),
            )
            context |= {
                "code": code,
                "until": timezone.now() + services.COUNTER_CODE_LASTS,
                "enrol_address": letters.enrol_address(),
            }
            return TemplateResponse(request, "console/counter_code.html", context)
        return TemplateResponse(request, "console/counter.html", context)


PAGES = ((ActivationCode, CounterAdmin),)
