"""/demo/: with whom to sign in, with codes that work, and what would have been sent."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.test import RequestFactory
from pytest_django import Settings

from lookups.demo import cast, page, views
from lookups.identity import enrolment
from lookups.identity import services as identity
from lookups.identity.models import Account
from lookups.jurisdictions import schemes
from lookups.notices import services as notices

pytestmark = pytest.mark.django_db
SOURCE = "203.0.113.7"


def test_everybody_on_it_can_sign_in(small_world: None) -> None:
    shown = page.people()
    assert [one.name_label for one in shown] == [
        "Wei", "Mei", "Jun", "Lan", "Bo", "An", "Tao", "Yu", "Zhao", "Qian", "Sun", "Li", "Zhou", "Hu",
    ]  # fmt: skip
    for one in shown:
        if one.activation_code:
            continue
        if one.email:
            account = identity.check_staff_password(one.email, password=one.password, source=SOURCE)
        else:
            number = one.id_number
            account = identity.check_password("CN-RIC", number=number, password=one.password, source=SOURCE)
        assert account is not None
        assert identity.check_factor(account, token=one.code, source=SOURCE) is not None


def test_the_activation_code_works_until_it_was_used(small_world: None) -> None:
    yu = next(one for one in page.people() if one.name_label == "Yu")
    subject = schemes.subject_of("CN-RIC", yu.id_number)
    assert enrolment.begin(subject, scheme="CN-RIC", code=yu.activation_code, source=SOURCE) is not None
    identity.create_citizen([("CN-RIC", yu.id_number)], password="chosen by Yu alone")
    assert next(one for one in page.people() if one.name_label == "Yu").activation_code == ""


def test_messages_are_shown_as_they_were_sent(small_world: None) -> None:
    wei = Account.objects.by_document(schemes.subject_of(*cast.WEI.documents(7)[0]))
    assert wei is not None
    context = {"carrier": "Northern Telecom", "reference": "K7M-3QX9-A", "base_url": "http://localhost:8000"}
    notices.tell(wei.pk, kind="dispute_answered", context=context, language="en", address=wei.email)
    message = page.messages()[0]
    assert message.to_label == "To Wei, wei@example.org"
    assert "K7M-3QX9-A" in message.subject


def test_an_unfinished_world_shows_nobody() -> None:
    assert page.people() == []


@pytest.mark.urls("tests.demo.urls")
def test_the_page_itself(small_world: None, rf: RequestFactory) -> None:
    request = rf.get("/demo/")
    request.user = AnonymousUser()
    response = views.home(request)
    assert response.status_code == 200
    assert cast.WEI.id_number(7) in response.content.decode()


def test_real_people_close_the_page(rf: RequestFactory, settings: Settings) -> None:
    settings.PORTAL_DEMO = False
    identity.create_citizen([cast.AN.documents(99)[0]], password="a b c d e f")
    settings.PORTAL_DEMO = True
    with pytest.raises(Http404):
        views.home(rf.get("/demo/"))
