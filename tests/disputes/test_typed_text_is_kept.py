"""What somebody has typed into a dispute outlives being asked who they are once more (S11, S12)."""

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookups.disputes.models import Dispute, Draft
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import code_for, sign_in
from tests.disputes.filing_pages import fill_in, page_of

pytestmark = pytest.mark.django_db
TYPED = {"reason": "never_mine", "statement": "I was abroad that spring."}


def test_s12_through_a_step_up(client: Client, wei: Account, weis_line: Registration) -> None:
    sign_in(client, wei, stepped_up=False)
    review = fill_in(client, weis_line, **TYPED)
    again = client.get(review).url
    assert again.startswith(reverse("identity:sign_in_again"))
    assert client.post(again, {"token": code_for()}).url == review
    assert TYPED["statement"] in client.get(review).content.decode()
    assert not Dispute.objects.exists()


def test_s11_through_the_end_of_a_session(client: Client, wei: Account, weis_line: Registration) -> None:
    sign_in(client, wei)
    fill_in(client, weis_line, **TYPED)
    page = page_of(weis_line, "statement")
    client.post(reverse("identity:sign_out"))
    assert client.get(page).status_code == 302
    assert TYPED["statement"] in sign_in(client, wei).get(page).content.decode()


def test_s11_when_the_session_ran_out_while_typing(client: Client, wei: Account, weis_line: Registration) -> None:
    """The words come in with a request that is nobody's any more."""
    page = page_of(weis_line, "statement")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        sign_in(client, wei)
        clock.shift(settings.SESSION_IDLE_SECONDS["citizen"] + 1)
        late = client.post(page, {"statement": TYPED["statement"], "reason": "no such reason"})
        assert late.url.startswith(reverse("identity:sign_in"))
        assert "_auth_user_id" not in client.session
        assert not Dispute.objects.exists()
        assert TYPED["statement"] in sign_in(client, wei).get(page).content.decode()
        review = client.get(reverse("disputes:review", args=[weis_line.pk]))
        assert review.url == page_of(weis_line), "the reason is still to be chosen"


def test_s11_not_about_somebody_elses_number(client: Client, mei: Account, weis_line: Registration) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        sign_in(client, mei)
        clock.shift(settings.SESSION_IDLE_SECONDS["citizen"] + 1)
        client.post(reverse("disputes:file", args=[weis_line.pk]), TYPED)
    assert not Draft.objects.exists()


def test_s11_not_without_the_token_of_the_form(wei: Account, weis_line: Registration) -> None:
    client = Client(enforce_csrf_checks=True)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        sign_in(client, wei)
        clock.shift(settings.SESSION_IDLE_SECONDS["citizen"] + 1)
        assert client.post(reverse("disputes:file", args=[weis_line.pk]), TYPED).status_code == 403
    assert not Draft.objects.exists()


def test_s11_nor_by_a_session_that_was_signed_out(client: Client, wei: Account, weis_line: Registration) -> None:
    sign_in(client, wei)
    client.post(reverse("identity:sign_out"))
    client.post(reverse("disputes:file", args=[weis_line.pk]), TYPED)
    assert not Draft.objects.exists()
