"""The console's pages about feeds: what a carrier has delivered and what became of it, uploading one, and deciding
about one that is held. Nobody edits a feed."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from lookups.carriers.admin import StaffAdmin
from lookups.carriers.scoping import scope
from lookups.identity.decorators import step_up
from lookups.identity.models import Role
from lookups.identity.sessions import account_of
from lookups.registry import api, deliveries, spool, staff_wording
from lookups.registry.feeds.problems import FeedRefused, NoRoom
from lookups.registry.forms import DeliveryForm
from lookups.registry.models import CameBy, Feed, FeedState
from lookups.registry.uploads import SealedUpload, SealingHandler

_TONES = {FeedState.HELD.value: "due-late", FeedState.FAILED.value: "due-soon", FeedState.APPLIED.value: "settled"}


class FeedAdmin(StaffAdmin):
    """Clerks see their own carrier's feeds and deliver new ones; officers and operators see all."""

    change_list_template = "console/feeds.html"
    list_display = ("moment", "carrier", "kind", "condition", "lines", "rejected", "problem")
    list_filter = ("state", "kind")
    list_select_related = ("carrier",)
    list_per_page = 50
    ordering = ("-as_of", "-received_at")
    date_hierarchy = "as_of"

    @admin.display(description=gettext_lazy("as of"), ordering="as_of")
    def moment(self, feed: Feed) -> str:
        return staff_wording.moment(feed.as_of)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def condition(self, feed: Feed) -> str:
        return format_html('<span class="{}">{}</span>', _TONES.get(feed.state, "due"), staff_wording.short_state(feed))

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = self.list_display
        return shown if scope(request).every_carrier else tuple(name for name in shown if name != "carrier")

    def has_change_permission(self, request: HttpRequest, obj: Feed | None = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        def page(address: str, view: Callable[..., HttpResponseBase], name: str) -> Any:
            return path(address, self.admin_site.admin_view(view), name=f"registry_feed_{name}")

        own = [
            # The token against forgery is judged once the upload has its handler (``deliver``).
            page("deliver/", csrf_exempt(self.deliver), "deliver"),
            page("<uuid:feed_id>/rejects/", self.rejects, "rejects"),
            page("<uuid:feed_id>/release/", self.release, "release"),
            page("<uuid:feed_id>/discard/", self.discard, "discard"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        own = {"title": _("Feeds"), "may_deliver": self._may_deliver(request)}
        return super().changelist_view(request, own | (extra_context or {}))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One feed: what came, what became of it, and what can be decided now."""
        feed = self._feed(request, object_id)
        may_discard = feed.is_held and self._may_decide(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": staff_wording.title(feed),
            "feed": feed,
            "tone": _TONES.get(feed.state, "due"),
            "delivery": staff_wording.delivery(feed),
            "counts": staff_wording.counts(feed),
            "may_discard": may_discard,
            "may_release": may_discard and not self._is_own(request, feed),
            "is_own": may_discard and self._is_own(request, feed),
        }
        return TemplateResponse(request, "console/feed.html", context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:registry_feed_change", object_id)

    def deliver(self, request: HttpRequest) -> HttpResponseBase:
        """The form, and the file that it brings: sealed as it comes, kept only if everything is in order."""
        if not self._may_deliver(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._take(request)
        try:
            with spool.turn(account_of(request).membership.carrier_id) as ours:
                if ours:
                    return self._take(request)
                messages.error(request, _("Another file of your carrier is on its way. Send one after the other."))
        except NoRoom as refusal:
            messages.error(request, str(refusal))
        return redirect("admin:registry_feed_deliver")

    def rejects(self, request: HttpRequest, feed_id: UUID) -> HttpResponseBase:
        """The list of the lines that were not taken."""
        found = api.rejects_of(self._feed(request, feed_id))
        if found is None:
            raise Http404
        return found

    def release(self, request: HttpRequest, feed_id: UUID) -> HttpResponse:
        """The held feed is meant. Whoever uploaded it does not decide that alone (S24)."""
        feed = self._posted(request, feed_id)
        if self._is_own(request, feed):
            raise PermissionDenied
        return self._decide(request, feed, deliveries.release, _("Released. It is read within a minute."))

    def discard(self, request: HttpRequest, feed_id: UUID) -> HttpResponse:
        """The held feed is not meant."""
        feed = self._posted(request, feed_id)
        return self._decide(request, feed, deliveries.discard, _("Discarded. Nothing was changed."))

    def _take(self, request: HttpRequest) -> HttpResponseBase:
        with SealingHandler(request) as handler:
            request.upload_handlers = [handler]
            return csrf_protect(partial(self._deliver, handler))(request)

    @step_up
    def _decide(self, request: HttpRequest, feed: Feed, act: Callable[..., bool], done: str) -> HttpResponse:
        try:
            if act(feed, by=account_of(request).pk):
                messages.success(request, done)
            else:
                messages.warning(request, _("That was not possible any more: the feed has moved on. See below."))
        except FeedRefused as refusal:
            messages.error(request, str(refusal))
        return redirect("admin:registry_feed_change", feed.pk)

    def _deliver(self, handler: SealingHandler, request: HttpRequest) -> HttpResponse:
        form = DeliveryForm(request.POST, request.FILES) if request.method == "POST" else DeliveryForm()
        # A file that was cut off is none to Django; to us it is a delivery that failed.
        whole = form.is_valid()
        if handler.upload is not None and (whole or (handler.upload.problem and not form.errors.keys() - {"file"})):
            return self._received(request, form, handler.upload)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("Deliver a feed")}
        return TemplateResponse(request, "console/deliver.html", context | {"form": form})

    def _received(self, request: HttpRequest, form: DeliveryForm, upload: SealedUpload) -> HttpResponse:
        membership = account_of(request).membership
        data = form.cleaned_data
        delivery = deliveries.Delivery(
            membership.carrier, data["kind"], data["as_of"], CameBy.CONSOLE, uploaded_by=membership.account_id
        )
        try:
            if upload.problem is not None:
                raise upload.problem
            received = deliveries.accept(upload.incoming, delivery)
        except FeedRefused as refusal:
            failed = deliveries.refuse(upload.incoming, delivery, refusal)
            messages.error(request, str(refusal))
            return redirect("admin:registry_feed_change", failed.pk)
        if received.again:
            messages.info(request, _("This very file was delivered before. This is what became of it."))
        else:
            messages.success(request, _("Received. It is read within a minute."))
        return redirect("admin:registry_feed_change", received.feed.pk)

    def _feed(self, request: HttpRequest, object_id: Any) -> Feed:
        """One feed of this carrier; any other is a 404."""
        try:
            key = UUID(str(object_id))
        except ValueError:
            raise Http404 from None
        feed: Feed | None = self.get_queryset(request).select_related("carrier").filter(pk=key).first()
        if feed is None:
            raise Http404
        return feed

    def _posted(self, request: HttpRequest, feed_id: UUID) -> Feed:
        if request.method != "POST":
            raise Http404
        feed = self._feed(request, feed_id)
        if not self._may_decide(request):
            raise PermissionDenied
        return feed

    def _may_deliver(self, request: HttpRequest) -> bool:
        return scope(request).carrier_id is not None

    def _may_decide(self, request: HttpRequest) -> bool:
        """The carrier's supervisor, or an operator of the portal."""
        return scope(request).supervisor or account_of(request).role == Role.OPERATOR

    def _is_own(self, request: HttpRequest, feed: Feed) -> bool:
        return feed.uploaded_by == account_of(request).pk


PAGES = ((Feed, FeedAdmin),)
