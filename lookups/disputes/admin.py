"""The console's pages about disputes: a carrier's queue, one dispute with its legal moves, parked messages."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lookups.audit import services as audit
from lookups.audit.models import Action, ActorKind
from lookups.carriers.admin import OPERATORS, StaffAdmin
from lookups.carriers.scoping import scope
from lookups.disputes import routing, services, staff_wording, wording
from lookups.disputes.clerk_forms import (
    AnswerForm,
    CarriersAnswerForm,
    LateAnswerForm,
    QuestionForm,
    RouteForm,
    RulingForm,
)
from lookups.disputes.evidence import files
from lookups.disputes.models import DecidedBy, Dispute, HandoverMessage, InboxEvent
from lookups.disputes.moves import MoveRefused
from lookups.disputes.states import AT_CARRIER, NEVER_SENT, State
from lookups.identity.models import Role
from lookups.identity.sessions import account_of
from lookups.vault import masking

ACTOR_KINDS = {
    Role.CARRIER.value: ActorKind.CARRIER,
    Role.OFFICER.value: ActorKind.OFFICER,
    Role.OPERATOR.value: ActorKind.OPERATOR,
}


# The form of an answer, and the act that takes it.
Way = tuple[type[AnswerForm], Callable[..., None]]


class WorkFilter(admin.SimpleListFilter):
    """What is to be done, by default; everything on request."""

    title = gettext_lazy("show")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("regulator", gettext_lazy("With the regulator")),
            ("ruled", gettext_lazy("Decided by the regulator")),
            ("person", gettext_lazy("Stuck: needs the portal")),
            ("all", gettext_lazy("All")),
        ]

    def choices(self, changelist: Any) -> Any:
        choices = list(super().choices(changelist))
        choices[0]["display"] = _("Waiting for an answer")
        return choices

    def queryset(self, request: HttpRequest, rows: QuerySet[Dispute]) -> QuerySet[Dispute]:
        if self.value() == "all":
            return rows.exclude(state__in=NEVER_SENT)
        if self.value() == "ruled":
            return rows.filter(decided_by=DecidedBy.REGULATOR)
        if self.value() == "person":
            return rows.filter(Q(state__in=[State.PERSON_NEEDED]) | Exists(_parked())).exclude(state__in=NEVER_SENT)
        return rows.filter(state__in=[State.ESCALATED] if self.value() == "regulator" else AT_CARRIER)


def _parked() -> QuerySet[HandoverMessage]:
    """What could not be delivered of the dispute in the outer query, and holds back what comes after it."""
    parked: QuerySet[HandoverMessage] = HandoverMessage.objects.parked()
    return parked.filter(handover__dispute=OuterRef("pk"))


class DisputeAdmin(StaffAdmin):
    """The queue: what is due first stands first. A dispute opens with its legal moves as buttons."""

    list_display = ("reference", "number", "reason", "state", "due", "carrier")
    list_filter = (WorkFilter,)
    list_select_related = ("carrier",)
    list_per_page = 50
    ordering = ("answer_by",)
    search_fields = ("reference",)
    search_help_text = gettext_lazy("Search by reference")

    @admin.display(description=gettext_lazy("number"))
    def number(self, dispute: Dispute) -> str:
        return format_html('<span class="keep">{}</span>', str(dispute.masked))

    @admin.display(description=gettext_lazy("due"), ordering="answer_by")
    def due(self, dispute: Dispute) -> str:
        if not dispute.is_owed:
            return str(staff_wording.OUTCOMES.get(dispute.outcome, "–"))
        left = wording.days_left(dispute)
        tone = "due-late" if left < 0 else "due-soon" if left <= 1 else "due"
        day = date_format(wording.due_day(dispute), "D j M")
        return format_html(
            '<span class="{}">{}</span> <span class="quiet">{}</span>', tone, wording.time_left(dispute), day
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if scope(request).every_carrier else self.list_display[:-1]

    def get_urls(self) -> list[Any]:
        def moves(name: str, view: Callable[..., HttpResponse]) -> Any:
            return path(f"<uuid:dispute_id>/{name}/", self.admin_site.admin_view(view), name=f"disputes_dispute_{name}")

        own = [
            moves("acknowledge", self.acknowledge),
            moves("review", self.start_review),
            moves("ask", self.ask),
            moves("answer", self.answer),
            moves("route", self.route),
            path(
                "<uuid:dispute_id>/evidence/<uuid:evidence_id>/",
                self.admin_site.admin_view(self.evidence),
                name="disputes_dispute_evidence",
            ),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The queue; whose disputes stand on the page that is shown is written down."""
        response = super().changelist_view(request, {"title": _("Disputes"), **(extra_context or {})})
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            shown = {dispute.subject for dispute in response.context_data["cl"].result_list}
            self._record(request, shown, Action.LISTED_DISPUTES)
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One dispute on one page: the claim, the registration, the history, and what can be done now."""
        return self._page(request, self._dispute(request, object_id))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:disputes_dispute_change", object_id)

    def acknowledge(self, request: HttpRequest, dispute_id: UUID) -> HttpResponse:
        return self._act(request, self._for_clerk(request, dispute_id), services.acknowledge)

    def start_review(self, request: HttpRequest, dispute_id: UUID) -> HttpResponse:
        return self._act(request, self._for_clerk(request, dispute_id), services.start_review)

    def ask(self, request: HttpRequest, dispute_id: UUID) -> HttpResponse:
        dispute = self._for_clerk(request, dispute_id)
        form = QuestionForm(request.POST)
        if not form.is_valid():
            return self._page(request, dispute, question_form=form)
        return self._act(request, dispute, services.ask, **form.cleaned_data)

    def answer(self, request: HttpRequest, dispute_id: UUID) -> HttpResponse:
        """Answer as the carrier, in time or late, or rule as the regulator."""
        dispute = self._posted(request, dispute_id)
        if account_of(request).role not in (Role.CARRIER, Role.OFFICER):
            raise PermissionDenied
        way = self._way_to_answer(request, dispute)
        if way is None:
            return self._moved_on(request, dispute)
        form_class, act = way
        form = form_class(request.POST)
        if not form.is_valid():
            return self._page(request, dispute, answer_form=form)
        return self._act(request, dispute, act, record=Action.ANSWERED, **form.answer())

    def evidence(self, request: HttpRequest, dispute_id: UUID, evidence_id: UUID) -> HttpResponse:
        """One file, to whoever has to decide: the carrier's staff, or the regulator's officer."""
        dispute = self._dispute(request, dispute_id)
        if account_of(request).role not in (Role.CARRIER, Role.OFFICER):
            raise PermissionDenied
        attachment = dispute.attachments.select_related("evidence").filter(evidence=evidence_id).first()
        if attachment is None:
            raise Http404
        self._record(request, [dispute.subject], Action.OPENED_EVIDENCE, dispute.reference)
        return files.download(attachment, dispute.reference)

    def route(self, request: HttpRequest, dispute_id: UUID) -> HttpResponse:
        """A person at the portal sends a stuck dispute to a carrier."""
        dispute = self._posted(request, dispute_id)
        if account_of(request).role != Role.OPERATOR:
            raise PermissionDenied
        form = RouteForm(request.POST)
        if not form.is_valid():
            return self._page(request, dispute, route_form=form)
        return self._act(request, dispute, routing.hand_over_again, **form.cleaned_data)

    def _moved_on(self, request: HttpRequest, dispute: Dispute) -> HttpResponse:
        messages.warning(request, _("That was not possible any more: the dispute has moved on. See below."))
        return redirect("admin:disputes_dispute_change", dispute.pk)

    def _act(
        self, request: HttpRequest, dispute: Dispute, act: Callable[..., None], *, record: str = "", **words: Any
    ) -> HttpResponse:
        try:
            with transaction.atomic():
                act(dispute, by=account_of(request), **words)
                if record:
                    self._record(request, [dispute.subject], record, dispute.reference)
        except MoveRefused:
            return self._moved_on(request, dispute)
        messages.success(request, _("Done: %(reference)s.") % {"reference": dispute.reference})
        fresh = self.get_queryset(request).get(pk=dispute.pk)
        if fresh.is_at_carrier:
            return redirect("admin:disputes_dispute_change", dispute.pk)
        return redirect("admin:disputes_dispute_changelist")

    def _page(
        self,
        request: HttpRequest,
        dispute: Dispute,
        *,
        answer_form: AnswerForm | None = None,
        question_form: QuestionForm | None = None,
        route_form: RouteForm | None = None,
    ) -> HttpResponse:
        self._record(request, [dispute.subject], Action.VIEWED_DISPUTE, dispute.reference)
        clerk = account_of(request).role == Role.CARRIER
        way = self._way_to_answer(request, dispute)
        answer = wording.answer(dispute)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": dispute.reference,
            "dispute": dispute,
            "full_number": masking.spaced(dispute.registration["number"]),
            "registration": wording.registration_pairs(dispute.registration),
            "told": staff_wording.claim(dispute),
            "files": dispute.attachments.select_related("evidence").defer("evidence__content", "evidence__name"),
            "may_open_files": clerk or account_of(request).role == Role.OFFICER,
            "clock": staff_wording.due(dispute),
            "steps": staff_wording.history(dispute),
            "answer": answer and answer | {"evidence": staff_wording.rests_on(dispute)},
            "outcome": staff_wording.OUTCOMES.get(dispute.outcome, ""),
            "may_acknowledge": clerk and dispute.can_acknowledge,
            "may_review": clerk and dispute.can_review,
            "may_ask": clerk and dispute.can_ask,
            "may_answer": way is not None,
            "answers_late": clerk and dispute.can_answer_late,
            "rules": way is not None and not clerk,
            "may_route": account_of(request).role == Role.OPERATOR and dispute.can_route,
            "answer_form": answer_form or (way[0](initial=dispute.evidence) if way else None),
            "question_form": question_form or QuestionForm(),
            "route_form": route_form or RouteForm(initial={"carrier": dispute.carrier_id}),
        }
        return TemplateResponse(request, "console/dispute.html", context)

    def _way_to_answer(self, request: HttpRequest, dispute: Dispute) -> Way | None:
        """The form and the act by which this member of staff can answer now."""
        ways: dict[str, list[tuple[bool, type[AnswerForm], Callable[..., None]]]] = {
            Role.CARRIER: [
                (dispute.can_answer, CarriersAnswerForm, services.decide),
                (dispute.can_answer_late, LateAnswerForm, services.answer_late),
            ],
            Role.OFFICER: [(dispute.can_rule, RulingForm, services.rule)],
        }
        offered = ways.get(account_of(request).role, [])
        return next(((form, act) for able, form, act in offered if able), None)

    def _dispute(self, request: HttpRequest, object_id: Any) -> Dispute:
        """One dispute of this carrier that has reached it; any other is a 404."""
        try:
            key = UUID(str(object_id))
        except ValueError:
            raise Http404 from None
        reached = self.get_queryset(request).exclude(state__in=NEVER_SENT)
        dispute: Dispute | None = reached.select_related("carrier").filter(pk=key).first()
        if dispute is None:
            raise Http404
        return dispute

    def _posted(self, request: HttpRequest, dispute_id: UUID) -> Dispute:
        if request.method != "POST":
            raise Http404
        return self._dispute(request, dispute_id)

    def _for_clerk(self, request: HttpRequest, dispute_id: UUID) -> Dispute:
        dispute = self._posted(request, dispute_id)
        if account_of(request).role != Role.CARRIER:
            raise PermissionDenied
        return dispute

    def _record(self, request: HttpRequest, subjects: Any, action: str, about: str = "") -> None:
        audit.record(
            subjects,
            action=action,
            actor_kind=ACTOR_KINDS[account_of(request).role],
            actor=account_of(request).pk,
            organisation=scope(request).organisation,
            purpose="dispute",
            about=about,
        )


class HandoverMessageAdmin(StaffAdmin):
    """What leaves for carriers: what is parked, why, and *try again*."""

    viewers = OPERATORS
    carrier_column = "handover__carrier_id"
    list_display = ("dispute_reference", "mailbox", "kind", "state", "parked_reason", "attempts")
    list_filter = ("state", "mailbox")
    list_select_related = ("handover__dispute", "mailbox__carrier")
    ordering = ("-created_at",)
    fields = ("dispute_reference", "mailbox", "kind", "state", "parked_reason", "attempts", "next_attempt_at", "tries")
    readonly_fields = fields
    actions = ("try_again",)

    @admin.display(description=gettext_lazy("dispute"))
    def dispute_reference(self, message: HandoverMessage) -> str:
        return message.handover.dispute.reference

    @admin.display(description=gettext_lazy("attempts so far"))
    def tries(self, message: HandoverMessage) -> str:
        tries = message.tries.order_by("-started_at")[:20]
        return "\n".join(f"{one} {one.reason} {one.detail}".strip() for one in tries)

    @admin.action(description=gettext_lazy("Try the chosen parked messages again"), permissions=["view"])
    def try_again(self, request: HttpRequest, rows: Any) -> None:
        count = rows.try_again()
        messages.success(
            request,
            ngettext("%(count)d message is due again.", "%(count)d messages are due again.", count) % {"count": count},
        )


class InboxEventAdmin(StaffAdmin):
    """What carriers told us, and what we made of it. Without their words, which are the dispute's."""

    viewers = frozenset({Role.CARRIER, Role.OPERATOR})
    list_display = ("received_at", "carrier", "kind", "reading")
    list_filter = ("reading", "kind")
    list_select_related = ("carrier",)
    ordering = ("-received_at",)
    fields = ("received_at", "carrier", "event_id", "kind", "reading")
    readonly_fields = fields


PAGES = ((Dispute, DisputeAdmin), (HandoverMessage, HandoverMessageAdmin), (InboxEvent, InboxEventAdmin))
