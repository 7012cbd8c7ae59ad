"""An old passport or a renewed card joins an account by a code of its own (S2, S9, S12, S15)."""

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookups.identity.models import ActivationCode, IdentityDocument
from lookups.jurisdictions import schemes
from lookups.notices.models import Notice
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, NOBODYS_CARD, WANG_FANGS_CARD, Person, signed_in
from tests.identity.test_recovery import letter

pytestmark = pytest.mark.django_db


def add(client: Client, number: str, code: str) -> HttpResponse:
    return client.post(reverse("identity:add_document"), {"scheme": "CN-RIC", "number": number, "code": code})


def test_s2_a_code_for_the_document_adds_it(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    signed_in(client, lin_mei.account)
    assert add(client, NOBODYS_CARD, identity.activation_code(NOBODYS_CARD)).url == reverse("identity:account")
    assert schemes.subject_of("CN-RIC", NOBODYS_CARD) in lin_mei.account.subjects()
    assert ActivationCode.objects.get().used_at is not None
    assert Notice.objects.filter(kind="security_change").count() == 1
    assert client.get(reverse("overview:numbers")).status_code == 200


def test_s15_a_document_of_another_account_is_answered_like_a_wrong_code(
    clock: time_machine.Traveller, client: Client, lin_mei: Person, wang_fang: Person
) -> None:
    signed_in(client, lin_mei.account)
    answers = set()
    for number, code in (
        (WANG_FANGS_CARD, letter(WANG_FANGS_CARD)),
        (WANG_FANGS_CARD, "0000-0000-0000"),
        (NOBODYS_CARD, "0000-0000-0000"),
        (LIN_MEIS_CARD, letter()),
    ):
        answer = add(client, number, code)
        answers.add((answer.status_code, str(answer.context["form"].non_field_errors())))
    assert len(answers) == 1
    assert IdentityDocument.objects.count() == 2
    assert not ActivationCode.objects.exclude(used_at=None).exists()
    assert not Notice.objects.exists()


def test_s2_used_and_expired_codes_add_nothing(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    code = identity.activation_code(NOBODYS_CARD)
    clock.shift(21 * 86400)
    signed_in(client, lin_mei.account)
    assert add(client, NOBODYS_CARD, code).status_code == 200
    used = identity.activation_code(NOBODYS_CARD)
    ActivationCode.objects.update(used_at=timezone.now())
    assert add(client, NOBODYS_CARD, used).status_code == 200
    assert lin_mei.account.documents.count() == 1


def test_s2_five_tries_in_ten_minutes(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    signed_in(client, lin_mei.account)
    code = identity.activation_code(NOBODYS_CARD)
    assert [add(client, NOBODYS_CARD, "0000-0000-0000").status_code for _ in range(6)] == [200] * 5 + [429]
    assert add(client, NOBODYS_CARD, code).status_code == 429
    assert lin_mei.account.documents.count() == 1


def test_s12_a_factor_must_be_fresh(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    signed_in(client, lin_mei.account, fresh=False)
    answer = add(client, NOBODYS_CARD, identity.activation_code(NOBODYS_CARD))
    assert answer.url.startswith(reverse("identity:sign_in_again"))
    assert lin_mei.account.documents.count() == 1


def test_staff_have_no_documents(clock: time_machine.Traveller, client: Client, officer: Person) -> None:
    signed_in(client, officer.account)
    assert client.get(reverse("identity:add_document")).status_code == 404
    assert client.get(reverse("identity:notice_addresses")).status_code == 404
