"""What people type who check a certificate. No error repeats a value, and all is sent by POST."""

import uuid
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lookups.identity import codes
from lookups.identity.forms import CarefulForm
from lookups.jurisdictions import numbering, rules, schemes

PHONE = "phone"
_TYPED = {"spellcheck": "false", "autocomplete": "off", "autocapitalize": "characters"}


class CodeForm(CarefulForm):
    """The code of a certificate."""

    unknown = _("We know no certificate with this code. Look at each character again.")

    code = forms.CharField(
        label=_("Code of the certificate"),
        help_text=_("20 letters and digits, in groups of four, beside the square picture."),
        max_length=codes.MAX_LENGTH,
        widget=forms.TextInput(attrs=_TYPED),
        error_messages={"required": _("Type the code.")},
    )


def _kinds() -> list[tuple[str, Any]]:
    documents = [(scheme.code, scheme.label) for scheme in rules.current().id_schemes]
    return [*documents, (PHONE, _("Phone number, all digits"))]


class CompareForm(CarefulForm):
    """An ID or a full phone number, of the person before whoever types. ``subject`` or ``phone`` is set once valid."""

    too_often = _("This certificate was compared too often. Wait for up to an hour, then try again.")

    subject: uuid.UUID | None = None
    phone = ""

    code = forms.CharField(max_length=codes.MAX_LENGTH, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("What do you have of the person?"),
        choices=_kinds,
        error_messages={
            "required": _("Choose what you type below."),
            "invalid_choice": _("Choose one of the kinds in the list."),
        },
    )
    number = forms.CharField(
        label=_("Its number"),
        max_length=schemes.MAX_LENGTH,
        widget=forms.TextInput(attrs=_TYPED),
        error_messages={"required": _("Type the number.")},
    )

    def __init__(self, data: QueryDict | None = None, *, code: str = "") -> None:
        super().__init__(data)
        self.initial["code"] = code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "kind" in cleaned and "number" in cleaned:
            try:
                if cleaned["kind"] == PHONE:
                    self.phone = numbering.normalise(cleaned["number"])
                else:
                    self.subject = schemes.subject_of(cleaned["kind"], cleaned["number"])
            except (schemes.InvalidIdNumber, numbering.InvalidPhoneNumber) as error:
                self.add_error("number", str(error))
        return cleaned
