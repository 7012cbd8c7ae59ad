"""What a carrier's staff fill in to deliver a feed in the console."""

import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from lookups.registry import importing
from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.models import FeedKind


class DeliveryForm(forms.Form):
    """A file and what it is. The file stands last: what is said about it is known even if not all of it comes."""

    kind = forms.ChoiceField(
        label=_("What the file lists"),
        choices=[
            (FeedKind.SNAPSHOT, _("Everything the carrier holds (full snapshot)")),
            (FeedKind.DELTA, _("Only what is new or changed")),
        ],
        widget=forms.RadioSelect,
    )
    as_of = forms.DateTimeField(
        label=_("As of"),
        help_text=_("The moment whose state the file describes."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    file = forms.FileField(label=_("File"), help_text=_("CSV in UTF-8; plain, gzip or Zstandard."))

    def clean_as_of(self) -> datetime.datetime:
        moment: datetime.datetime = self.cleaned_data["as_of"]
        try:
            importing.check_moment(moment)
        except FeedRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return moment
