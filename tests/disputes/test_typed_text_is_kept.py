"""What somebody has typed into a dispute outlives being asked who they are once more (S11, S12)."""

import pytest
from django.test import Client
from django.urls import reverse

from lookups.disputes.models import Dispute
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import code_for, sign_in

pytestmark = pytest.mark.django_db
TYPED = {"reason": "never_mine", "statement": "I was abroad that spring."}


def test_s12_through_a_step_up(client: Client, wei: Account, weis_line: Registration) -> None:
    sign_in(client, wei, stepped_up=False)
    review = client.post(reverse("disputes:file", args=[weis_line.pk]), TYPED).url
    again = client.get(review).url
    assert again.startswith(reverse("identity:sign_in_again"))
    assert client.post(again, {"token": code_for()}).url == review
    assert TYPED["statement"] in client.get(review).content.decode()
    assert not Dispute.objects.exists()


def test_s11_through_the_end_of_a_session(client: Client, wei: Account, weis_line: Registration) -> None:
    sign_in(client, wei)
    page = reverse("disputes:file", args=[weis_line.pk])
    client.post(page, TYPED)
    client.post(reverse("identity:sign_out"))
    assert client.get(page).status_code == 302
    assert TYPED["statement"] in sign_in(client, wei).get(page).content.decode()
