"""Forms around proving who one is: a letter, a second document, the addresses for notices."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lookups.identity import documents, letters
from lookups.identity.forms import CarefulForm, DocumentForm, EnrolForm, _email_field
from lookups.identity.models import Account, LinkPurpose


class LetterForm(DocumentForm):
    """For which document somebody wants a letter."""

    def ask(self, *, source: str) -> None:
        """Raises TooManyTries."""
        letters.ask_for(
            self.subject, scheme=self.cleaned_data["scheme"], number=self.cleaned_data["number"], source=source
        )


class AddDocumentForm(EnrolForm):
    """One more document of somebody who is signed in, and the code for it."""

    def add(self, account: Account, *, source: str) -> bool:
        """Whether it was added. Raises TooManyTries."""
        cleaned = self.cleaned_data
        return documents.add(
            account, subject=self.subject, scheme=cleaned["scheme"], code=cleaned["code"], source=source
        )


class CounterForm(DocumentForm):
    """What a clerk types from the card."""

    subject: uuid.UUID

    checked = forms.BooleanField(
        label=_("I have the document in my hands, and its picture shows the person before me."),
        error_messages={"required": _("Look at the document first. A copy or a photograph is not enough.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].widget.attrs["autocomplete"] = "off"


class AddressForm(CarefulForm):
    """An address for notices, and which of the two it is."""

    which = forms.ChoiceField(
        label=_("Which one?"),
        choices=[
            (LinkPurpose.FIRST_ADDRESS.value, _("First address")),
            (LinkPurpose.SECOND_ADDRESS.value, _("Second address")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose which of the two addresses this is.")},
    )
    address = _email_field(_("E-mail address"), autocomplete="email")
