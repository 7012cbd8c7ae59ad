"""The forms of sign-in and enrolment. No error of theirs repeats a value, and all are sent by POST."""

import uuid
from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lookups.identity import codes, enrolment, factors, passwords, services
from lookups.identity.models import Account, Enrolment, email_index
from lookups.jurisdictions import rules, schemes

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words: TypeAlias = str | _StrPromise

MAX_EMAIL = 254


class CarefulForm(forms.Form):
    """Says in words what is missing or too long, and sends no over-long value back to the page."""

    def __init__(self, data: QueryDict | None = None) -> None:
        if data is not None:
            data = data.copy()
            for name, field in self.base_fields.items():
                longest = getattr(field, "max_length", None) or codes.MAX_LENGTH
                value = data.get(name)
                if isinstance(value, str) and len(value) > longest:
                    data[name] = value[: longest + 1]
        super().__init__(data)
        for field in self.fields.values():
            field.error_messages["max_length"] = _("This is too long.")


def _words(**attributes: str) -> dict[str, str]:
    """Attributes of a field that holds no prose."""
    return {"spellcheck": "false", "autocapitalize": "none", **attributes}


def _password_field(
    label: "Words", *, new: bool = False, help_text: "Words" = "", missing: "Words" = ""
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=passwords.MAX_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password" if new else "current-password"}),
        error_messages={"required": missing or _("Type the password.")},
    )


def _email_field(
    label: "Words", *, autocomplete: str, required: bool = True, help_text: "Words" = ""
) -> forms.EmailField:
    return forms.EmailField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=MAX_EMAIL,
        widget=forms.EmailInput(attrs=_words(autocomplete=autocomplete)),
        error_messages={
            "required": _("Type the e-mail address."),
            "invalid": _("An e-mail address looks like name@example.org."),
        },
    )


def _scheme_choices() -> list[tuple[str, Any]]:
    return [(scheme.code, scheme.label) for scheme in rules.current().id_schemes]


class DocumentForm(CarefulForm):
    """A form that begins with an identity document. ``subject`` is set once it is valid."""

    subject: uuid.UUID

    scheme = forms.ChoiceField(
        label=_("Identity document"),
        choices=_scheme_choices,
        error_messages={
            "required": _("Choose the kind of identity document."),
            "invalid_choice": _("Choose one of the documents in the list."),
        },
    )
    number = forms.CharField(
        label=_("Number of the document"),
        max_length=schemes.MAX_LENGTH,
        widget=forms.TextInput(attrs=_words(autocomplete="username", autocapitalize="characters")),
        error_messages={"required": _("Type the number of the document.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "scheme" in cleaned and "number" in cleaned:
            try:
                self.subject = schemes.subject_of(cleaned["scheme"], cleaned["number"])
            except schemes.InvalidIdNumber as error:
                self.add_error("number", str(error))
        return cleaned


class SignInForm(DocumentForm):
    """The first factor of citizens."""

    wrong = _("We cannot sign you in with these details. Check the number and the password.")

    password = _password_field(_("Password"))

    def check(self, *, source: str) -> Account | None:
        """Who this is. Raises TooManyTries."""
        return services.check_password(
            self.cleaned_data["scheme"],
            number=self.cleaned_data["number"],
            password=self.cleaned_data["password"],
            source=source,
        )


class StaffSignInForm(CarefulForm):
    """The first factor of staff."""

    wrong = _("We cannot sign you in with these details. Check the address and the password.")

    email = _email_field(_("E-mail address"), autocomplete="username")
    password = _password_field(_("Password"))

    def check(self, *, source: str) -> Account | None:
        """Who this is. Raises TooManyTries."""
        return services.check_staff_password(
            self.cleaned_data["email"], password=self.cleaned_data["password"], source=source
        )


class FactorForm(CarefulForm):
    """A code of the authenticator app, or a recovery code: one field, since its shape tells them apart."""

    token = forms.CharField(
        label=_("Code"),
        help_text=_("Six digits from your authenticator app, or a recovery code."),
        max_length=codes.MAX_LENGTH,
        widget=forms.TextInput(attrs=_words(autocomplete="one-time-code", autofocus="autofocus")),
        error_messages={"required": _("Type the code.")},
    )


def _activation_code_field() -> forms.CharField:
    return forms.CharField(
        label=_("Activation code"),
        help_text=_("Twelve letters and digits. Capitals and dashes do not matter."),
        max_length=codes.MAX_LENGTH,
        widget=forms.TextInput(attrs=_words(autocomplete="off", autocapitalize="characters")),
        error_messages={"required": _("Type the activation code.")},
    )


class EnrolForm(DocumentForm):
    """A citizen's document and the code that came with the letter."""

    wrong = _("This code does not work with these details. Check both, or ask for a new code.")

    code = _activation_code_field()

    def begin(self, *, source: str) -> Enrolment | None:
        """The enrolment these open. Raises TooManyTries."""
        cleaned = self.cleaned_data
        return enrolment.begin(self.subject, scheme=cleaned["scheme"], code=cleaned["code"], source=source)


class StaffEnrolForm(CarefulForm):
    """A staff member's address and the code handed over with the invitation."""

    wrong = _("This code does not work with these details. Check both, or ask for a new code.")

    email = _email_field(_("E-mail address"), autocomplete="username")
    code = _activation_code_field()

    def begin(self, *, source: str) -> Enrolment | None:
        """The enrolment these open. Raises TooManyTries."""
        return enrolment.begin(
            email_index(self.cleaned_data["email"]),
            scheme=services.STAFF_SCHEME,
            code=self.cleaned_data["code"],
            source=source,
        )


class PasswordForm(CarefulForm):
    """A new password, typed twice."""

    password = _password_field(
        _("New password"),
        new=True,
        help_text=_("At least 8 characters. It may be a whole sentence, with spaces."),
        missing=_("Type a new password."),
    )
    again = _password_field(_("The same password again"), new=True, missing=_("Type the new password once more."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "password" in cleaned and "again" in cleaned and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("The two passwords are not the same."))
        return cleaned

    def keep(self, row: Enrolment) -> bool:
        """Keep what was chosen; False where it was refused, and the form then says why. Raises EnrolmentOver."""
        try:
            enrolment.choose_password(
                row, password=self.cleaned_data["password"], email=self.cleaned_data.get("email", "")
            )
        except ValidationError as error:
            self.add_error(None, error)
            return False
        return True


class CitizenPasswordForm(PasswordForm):
    """The same with an address for notices, which citizens may leave out."""

    email = _email_field(
        _("E-mail address for news about your disputes (optional)"),
        autocomplete="email",
        required=False,
        help_text=_("We write when something happens. Never what it is about, and never a code."),
    )


class ConfirmAuthenticatorForm(CarefulForm):
    """The first code of a new authenticator app."""

    token = forms.CharField(
        label=_("Code"),
        help_text=_("Six digits, without a dash."),
        max_length=codes.MAX_LENGTH,
        widget=forms.TextInput(attrs=_words(autocomplete="one-time-code", inputmode="numeric")),
        error_messages={"required": _("Type the code that the app shows.")},
    )


class ChangePasswordForm(PasswordForm):
    """The password of today, and a new one."""

    field_order = ("old", "password", "again")

    old = _password_field(_("Your password of today"), missing=_("Type your password of today."))

    def change(self, account: Account, *, source: str) -> bool:
        """Change it; False where it was refused, and the form then says why. Raises TooManyTries."""
        cleaned = self.cleaned_data
        try:
            factors.change_password(account, old=cleaned["old"], new=cleaned["password"], source=source)
        except ValidationError as error:
            self.add_error(None, error)
            return False
        return True


class AddAuthenticatorForm(ConfirmAuthenticatorForm):
    """The same with the seed that the page offered, sealed."""

    seed = forms.CharField(max_length=512, widget=forms.HiddenInput)
