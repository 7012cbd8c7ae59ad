"""What staff fill in about a dispute in the console."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lookups.carriers.models import Carrier
from lookups.disputes import staff_wording
from lookups.disputes.models import Outcome
from lookups.disputes.services import MAX_STATEMENT, REMOVALS
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
        label=_("Registered on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    channel = forms.ChoiceField(label=_("How"), required=False, choices=[("", "–"), *SalesChannel.choices])
    outlet = forms.CharField(label=_("Where (outlet, district)"), required=False, max_length=120)
    identity_check = forms.ChoiceField(
        label=_("Identity check"), required=False, choices=[("", "–"), *IdentityCheck.choices]
    )
    document_kind = forms.CharField(label=_("Document shown (kind only)"), required=False, max_length=80)
    reverification = forms.CharField(
        label=_("How the user of the line was verified anew"),
        help_text=_("Needed before a line may be removed: somebody uses it. No names or numbers."),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        outcome = cleaned.get("outcome")
        if outcome == Outcome.CONFIRMED:
            for field in ("registered_on", "identity_check"):
                if not cleaned.get(field):
                    self.add_error(field, _("To keep the number under this ID, say what that rests on."))
        if outcome in REMOVALS and not cleaned.get("reverification"):
            self.add_error("reverification", _("Say how you verified the line's user before removing it."))
        if cleaned.get("registered_on") and cleaned["registered_on"] > timezone.localdate():
            self.add_error("registered_on", _("This day has not come yet."))
        return cleaned

    def leave_out(self, outcome: str) -> None:
        """Take one outcome off the list."""
        field = self.fields["outcome"]
        field.choices = [(value, label) for value, label in field.choices if value != outcome]  # type: ignore[attr-defined]

    def answer(self) -> dict[str, Any]:
        """Outcome, words and evidence for ``services.decide``."""
        data = self.cleaned_data
        names = ("channel", "outlet", "identity_check", "document_kind", "reverification")
        evidence = {name: data[name] for name in names if data[name]}
        if data["registered_on"]:
            evidence["registered_on"] = data["registered_on"].isoformat()
        return {"outcome": data["outcome"], "answer": data["answer_text"], "evidence": evidence}
