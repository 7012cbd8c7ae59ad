"""The account page: documents and factors, and no number among them."""

import pytest
from django.test import Client
from django.urls import reverse

from lookups.identity import services
from lookups.identity.models import AuthenticatorApp
from tests.factories.identity import LIN_MEIS_CARD, Person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_it_names_documents_and_factors(client: Client, lin_mei: Person) -> None:
    saved = services.add_recovery_codes(lin_mei.account)
    services.check_factor(lin_mei.account, token=saved[0], source="192.0.2.1")
    services.check_factor(lin_mei.account, token=lin_mei.code(), source="192.0.2.1")
    page = signed_in(client, lin_mei.account).get(reverse("identity:account"))
    assert [label for label, _ in page.context["documents"]] == ["Resident identity card"]
    assert [factor.label for factor in page.context["factors"]] == [
        "Password",
        "Authenticator app",
        "Recovery codes, 9 unused",
    ]
    text = page.content.decode()
    assert LIN_MEIS_CARD not in text
    assert "lin@example.org" not in text
    assert "last used" in text


def test_an_app_that_was_switched_off_is_called_so(client: Client, lin_mei: Person) -> None:
    AuthenticatorApp.objects.update(disabled_at=lin_mei.account.created_at)
    page = signed_in(client, lin_mei.account).get(reverse("identity:account"))
    assert "switched off after ten wrong codes" in page.content.decode()


def test_staff_have_one_too(client: Client, officer: Person) -> None:
    page = signed_in(client, officer.account).get(reverse("identity:account"))
    assert page.status_code == 200
    assert page.context["documents"] == []
