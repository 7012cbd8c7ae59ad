"""What staff fill in about a dispute in the console."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lookups.carriers.models import Carrier
from lookups.disputes import findings, staff_wording
from lookups.disputes.models import Outcome
from lookups.disputes.services import MAX_STATEMENT
from lookups.registry.models import IdentityCheck, SalesChannel


class QuestionForm(forms.Form):
    """A question to the citizen."""

    question = forms.CharField(
        label=_("What do you need to know?"), widget=forms.Textarea(attrs={"rows": 3}), max_length=MAX_STATEMENT
    )


class RouteForm(forms.Form):
    """Where a stuck dispute goes next."""

    carrier = forms.ModelChoiceField(
        label=_("Carrier that has to answer"), queryset=Carrier.objects.filter(is_active=True)
    )


class AnswerForm(forms.Form):
    """The answer to a dispute: outcome, reason in words, and what the outcome has to rest on."""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=list(staff_wording.OUTCOMES.items()), widget=forms.RadioSelect
    )
    answer_text = forms.CharField(
        label=_("Your reasons, in words the citizen understands"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=MAX_STATEMENT,
    )
    registered_on = forms.DateField(
        label=_("Registered on"),
        help_text=_("This and the next four are what “Kept under this ID” has to rest on."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    channel = forms.ChoiceField(label=_("How"), required=False, choices=[("", "–"), *SalesChannel.choices])
    outlet = forms.CharField(label=_("Where (outlet, district)"), required=False, max_length=120)
    identity_check = forms.ChoiceField(
        label=_("Identity check"), required=False, choices=[("", "–"), *IdentityCheck.choices]
    )
    document_kind = forms.CharField(
        label=_("Document shown (kind only)"),
        help_text=_("For example: identity card, passport. Never its number, never a picture of anybody."),
        required=False,
        max_length=80,
    )
    reverification = forms.CharField(
        label=_("How the user of the line was verified anew"),
        help_text=_("Needed before a line may be removed: somebody uses it. No names or numbers."),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    right_carrier = forms.ModelChoiceField(
        label=_("Whose number it is, if you know"),
        help_text=_("For “Not our number”: we take the dispute there. Without it a person at the portal looks."),
        queryset=Carrier.objects.filter(is_active=True),
        to_field_name="code",
        empty_label="–",
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        outcome = cleaned.get("outcome")
        if outcome == Outcome.CONFIRMED:
            self._need_registration(cleaned)
        if "reverification" in self.fields and outcome in findings.REMOVALS and not cleaned.get("reverification"):
            self.add_error("reverification", _("Say how you verified the line's user before removing it."))
        return cleaned

    def _need_registration(self, cleaned: dict[str, Any]) -> None:
        """To keep a number under an ID: when, where, which identity check, which kind of document."""
        for field in findings.missing_of(self._evidence(cleaned)):
            if field == "registered_on" and cleaned.get(field):
                self.add_error(field, _("This day has not come yet."))
            elif field == "document_kind" and cleaned.get(field):
                self.add_error(field, _("Name the kind of document only, without its number."))
            elif field not in self.errors:
                self.add_error(field, _("To keep the number under this ID, say what that rests on."))

    def leave_out(self, outcome: str) -> None:
        """Take one outcome off the list."""
        field = self.fields["outcome"]
        field.choices = [(value, label) for value, label in field.choices if value != outcome]  # type: ignore[attr-defined]

    def _evidence(self, data: dict[str, Any]) -> dict[str, str]:
        names = ("channel", "outlet", "identity_check", "document_kind", "reverification")
        evidence = {name: str(data[name]) for name in names if data.get(name)}
        if data.get("registered_on"):
            evidence["registered_on"] = data["registered_on"].isoformat()
        return evidence

    def answer(self) -> dict[str, Any]:
        """Outcome, words and evidence, as ``services`` takes them."""
        data = self.cleaned_data
        return {"outcome": data["outcome"], "answer": data["answer_text"], "evidence": self._evidence(data)}


class CarriersAnswerForm(AnswerForm):
    """What a clerk answers in time."""

    def answer(self) -> dict[str, Any]:
        right = self.cleaned_data["right_carrier"]
        named = right.code if right and self.cleaned_data["outcome"] == Outcome.MISROUTED else ""
        return super().answer() | {"right_carrier": named}


class LateAnswerForm(AnswerForm):
    """What a clerk tells the regulator, who decides by now."""

    right_carrier = None  # type: ignore[assignment]


class RulingForm(AnswerForm):
    """What the regulator finds and orders. It does not say that a number is somebody else's to answer for."""

    right_carrier = None  # type: ignore[assignment]
    reverification = None  # type: ignore[assignment]
    order = forms.CharField(
        label=_("Order to the carrier: what it has to correct"),
        help_text=_("A removal is ordered by itself. For anything else, say what the record has to say."),
        required=False,
        max_length=MAX_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_out(Outcome.MISROUTED)

    def answer(self) -> dict[str, Any]:
        """What it rests on is told where the number stays; a removal rests on the lack of it."""
        told = super().answer() | {"order": self.cleaned_data["order"]}
        return told if told["outcome"] == Outcome.CONFIRMED else told | {"evidence": {}}
