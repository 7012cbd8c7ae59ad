"""``add_carrier``: one carrier or reseller, or a sentence and nothing written."""

import io

import pytest
from django.core.management import CommandError, call_command

from lookups.carriers.models import Carrier

pytestmark = pytest.mark.django_db


def add(*words: str) -> None:
    call_command("add_carrier", *words, stdout=io.StringIO())


def test_a_reseller_is_answered_for_by_its_host() -> None:
    add("north", "North Telecom")
    add("lotus", "Lotus Mobile", "--host", "north")
    assert Carrier.objects.get(code="lotus").answered_by == Carrier.objects.get(code="north")


@pytest.mark.parametrize(("name", "warned"), [("北方电信", True), ("Télécom du Nord", False)])
def test_a_name_that_certificates_cannot_write_is_said(name: str, warned: bool) -> None:
    said = io.StringIO()
    call_command("add_carrier", "north", name, stdout=io.StringIO(), stderr=said)
    assert ("PORTAL_PDF_FONT" in said.getvalue()) is warned


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("north", "North once more"), "already exists"),
        (("no spaces", "Spaces"), "valid"),
        (("south", "South", "--host", "nowhere"), "There is no carrier “nowhere”; there are: lotus, north"),
        (("south", "South", "--host", "lotus"), "reseller itself"),
    ],
)
def test_what_does_not_fit_is_refused(words: tuple[str, ...], sentence: str) -> None:
    add("north", "North Telecom")
    add("lotus", "Lotus Mobile", "--host", "north")
    with pytest.raises(CommandError, match=sentence):
        add(*words)
    assert Carrier.objects.count() == 2
