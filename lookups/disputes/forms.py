"""What citizens fill in about a dispute."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lookups.disputes.evidence import files
from lookups.disputes.evidence.uploads import HeldInMemory
from lookups.disputes.models import Reason
from lookups.disputes.questions import MAX_WORDS, Question, Statement
from lookups.disputes.services import MAX_STATEMENT


class ReasonForm(forms.Form):
    """What is wrong. The registration is named by the address, never by a field."""

    reason = forms.ChoiceField(
        label=_("What is wrong with this number?"),
        choices=Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong with this number.")},
    )


class OthersForm(forms.Form):
    """Other numbers of the same person that are wrong in the same way."""

    others = forms.MultipleChoiceField(
        label=_("Is the same wrong with other numbers?"),
        help_text=_("Choose all that are. Each becomes a dispute of its own; none is fine too."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": _("One of these numbers can no longer be chosen. Look at the list again.")},
    )

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most
        self.fields["others"].choices = choices  # type: ignore[attr-defined]

    def clean_others(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["others"]
        if len(chosen) > self.most:
            raise forms.ValidationError(
                ngettext(
                    "You can choose %(most)d more today. The others can follow tomorrow.",
                    "You can choose up to %(most)d more today. The others can follow tomorrow.",
                    self.most,
                ),
                params={"most": self.most},
            )
        return chosen


class ChooseForm(OthersForm):
    """All numbers that one filing is to be about."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["others"]
        field.label, field.help_text = _("Which numbers are not right?"), _("Choose all with the same thing wrong.")
        field.required = True
        field.error_messages["required"] = _("Choose at least one number.")


class QuestionForm(forms.Form):
    """One question of a reason's path; its field has the question's name."""

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        common: dict[str, Any] = {"label": question.asks, "help_text": question.hint, "required": question.required}
        if not question.options:
            field: forms.Field = forms.CharField(max_length=MAX_WORDS, **common)
        elif question.several:
            field = forms.MultipleChoiceField(
                choices=question.options,
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": _("Choose at least one.")},
                **common,
            )
        else:
            field = forms.ChoiceField(
                choices=question.options,
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose one of the answers.")},
                **common,
            )
        self.fields[question.name] = field


class StatementForm(forms.Form):
    """The citizen's own words."""

    def __init__(self, *args: Any, asked: Statement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["statement"] = forms.CharField(
            label=str(asked.asks),
            help_text=str(asked.hint),
            required=asked.required,
            widget=forms.Textarea(attrs={"rows": 6}),
            max_length=MAX_STATEMENT,
            error_messages={
                "required": _("Write at least a sentence."),
                "max_length": _("Your text is too long: at most %(limit_value)d characters."),
            },
        )


class ReviewForm(forms.Form):
    """Which state of the draft was read before it was sent."""

    version = forms.CharField(widget=forms.HiddenInput)


class EvidenceForm(forms.Form):
    """One file. What it is and whether we take it is found out by reading it (``evidence.files``)."""

    file = forms.FileField(
        label=_("Choose a file"),
        help_text=_("PDF, JPEG, PNG or HEIC, up to 10 MB. We remove what it says about your camera and place."),
        # Django's own sentence about a file without content would leave out what we take.
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png,image/heic,image/heif"}),
        error_messages={"required": _("Choose a file first, or go on without one.")},
    )

    def clean_file(self) -> HeldInMemory:
        upload: HeldInMemory = self.cleaned_data["file"]
        if upload.too_large:
            raise forms.ValidationError(files.too_large())
        return upload


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
