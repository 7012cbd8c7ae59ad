"""What citizens fill in about a dispute."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lookups.disputes.models import Reason
from lookups.disputes.services import MAX_STATEMENT


class FilingForm(forms.Form):
    """Reason and statement. The registration is named by the address, never by a field."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong with this number.")},
    )
    statement = forms.CharField(
        label=_("In your words"),
        help_text=_("What should the carrier know? Dates and places help. Leave out ID numbers and bank details."),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=MAX_STATEMENT,
        required=False,
        error_messages={"max_length": _("Your text is too long: at most %(limit_value)d characters.")},
    )


class SayForm(forms.Form):
    """A text that has to be there: a reply to the carrier, or why an answer is not right."""

    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=MAX_STATEMENT,
        error_messages={"required": _("Write at least a sentence.")},
    )

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label
