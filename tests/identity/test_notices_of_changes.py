"""Whoever owns an account hears of changes at two addresses, and can close it with one press (S10)."""

import re

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from lookups.identity import changes
from lookups.identity.models import Account, KnownDevice, MailedLink, Recovery, Role, SignedInSession
from lookups.identity.services import invite_staff
from lookups.notices.models import Notice
from lookups.notices.services import render
from tests.factories import identity
from tests.factories.identity import (
    LIN_MEIS_CARD,
    Person,
    show_password,
    sign_in,
    signed_in,
)
from tests.identity.test_recovery import begin, choose_password, letter, set_up_app, start

pytestmark = pytest.mark.django_db
ADDRESSES = "identity:notice_addresses"


def links_mailed(kind: str = "security_change") -> list[str]:
    """The paths of the links in what was mailed, newest last."""
    texts = [render(notice)[1] for notice in Notice.objects.filter(kind=kind).order_by("created_at")]
    return [path for text in texts for path in re.findall(r"https?://[^/]+(/account/\S+)", text)]


@pytest.fixture
def mei_with_two(lin_mei: Person) -> Person:
    lin_mei.account.second_email = "aunt@example.org"
    lin_mei.account.save()
    return lin_mei


@pytest.mark.parametrize("what", sorted(changes.WORDS))
def test_s10_every_change_goes_to_both_addresses_with_a_link_of_its_own(
    clock: time_machine.Traveller, mei_with_two: Person, what: str
) -> None:
    changes.announce(mei_with_two.account, what=what)
    assert {notice.address for notice in Notice.objects.all()} == {"lin@example.org", "aunt@example.org"}
    assert len(set(links_mailed())) == 2
    for notice in Notice.objects.all():
        subject, body = render(notice)
        assert subject == "Something changed about how you sign in"
        assert str(changes.WORDS[what]) in body
        assert LIN_MEIS_CARD not in body
        assert "@" not in body


def test_s10_the_token_is_in_no_row_in_clear(clock: time_machine.Traveller, lin_mei: Person) -> None:
    changes.announce(lin_mei.account, what="password_changed")
    token = links_mailed()[0].rstrip("/").rpartition("/")[2]
    assert len(token) >= 32
    with connection.cursor() as cursor:
        cursor.execute("SELECT n::text FROM notices_notice n UNION ALL SELECT l::text FROM identity_mailedlink l")
        rows = [row for (row,) in cursor.fetchall()]
    assert len(rows) == 2
    assert not any(token in row or token.encode().hex() in row for row in rows)


def test_s10_opening_the_link_changes_nothing_pressing_the_button_freezes(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    inside = signed_in(Client(), lin_mei.account)
    start(client)
    link = links_mailed()[0]
    assert client.get(link).status_code == 200
    assert inside.get(reverse("identity:account")).status_code == 200, "mail scanners open links too"
    assert client.post(link).status_code == 200
    lin_mei.account.refresh_from_db()
    assert not lin_mei.account.is_active
    assert inside.get(reverse("identity:account")).status_code == 302
    assert Recovery.objects.get().ended_at is not None
    refused = Client().post(
        reverse("identity:sign_in"),
        {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "password": identity.PASSWORD},
    )
    assert "We cannot sign you in" in refused.content.decode()


def test_s10_the_link_ends_after_seven_days_and_a_made_up_one_never_works(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    changes.announce(lin_mei.account, what="password_changed")
    link = links_mailed()[0]
    assert client.post("/account/freeze/made-up/").status_code == 404
    clock.shift(7 * 86400)
    assert client.get(link).status_code == 404
    assert client.post(link).status_code == 404
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.is_active


def test_s10_a_frozen_account_comes_back_by_proof_alone(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    inside = signed_in(Client(), lin_mei.account)
    changes.announce(lin_mei.account, what="new_device")
    client.post(links_mailed()[0])
    begin(client, letter())
    choose_password(client)
    answer = client.post(reverse("identity:keep_factor"), {"token": lin_mei.code()})
    assert answer.url == reverse("overview:numbers")
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.is_active
    assert lin_mei.account.frozen_at is None
    assert inside.get(reverse("identity:account")).status_code == 302, "what was ended stays ended"


def test_s9_s10_a_frozen_account_without_its_factor_waits_like_any_other(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    changes.announce(lin_mei.account, what="new_device")
    client.post(links_mailed()[0])
    begin(client, letter())
    choose_password(client)
    set_up_app(client)
    lin_mei.account.refresh_from_db()
    assert not lin_mei.account.is_active


def test_s10_staff_come_back_by_a_new_invitation(clock: time_machine.Traveller, client: Client) -> None:
    clerk = identity.staff(Role.OFFICER)
    changes.announce(clerk.account, what="new_device")
    client.post(links_mailed()[0])
    invited, _code = invite_staff(clerk.email, label="Clerk Wang", role=Role.OFFICER)
    assert invited == clerk.account


def test_s10_an_address_counts_once_its_link_was_pressed(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    signed_in(client, lin_mei.account)
    client.post(reverse(ADDRESSES), {"which": "second_email", "address": "aunt@example.org"})
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.second_email is None
    link = links_mailed("confirm_address")[0]
    assert "aunt" not in link
    stranger = Client()
    assert stranger.get(link).status_code == 200
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.second_email is None, "reading writes nothing"
    assert stranger.post(link).status_code == 200
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.second_email == "aunt@example.org"
    assert {notice.address for notice in Notice.objects.filter(kind="security_change")} == {"lin@example.org"}
    assert stranger.post(link).status_code == 404, "once"


def test_s10_both_addresses_must_differ_and_links_are_few(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    signed_in(client, lin_mei.account)
    same = client.post(reverse(ADDRESSES), {"which": "second_email", "address": "LIN@example.org"})
    assert "your other address already" in same.content.decode()
    assert not MailedLink.objects.exists()
    asked = [
        client.post(reverse(ADDRESSES), {"which": "email", "address": f"{n}@example.org"}).status_code for n in range(6)
    ]
    assert asked == [302] * 5 + [429]
    assert Notice.objects.count() == 5


def test_s10_two_links_to_one_mailbox_do_not_make_it_both_addresses(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    signed_in(client, lin_mei.account)
    for which, address in (("email", "thief@example.org"), ("second_email", "Thief@example.org")):
        client.post(reverse(ADDRESSES), {"which": which, "address": address})
    first, second = links_mailed("confirm_address")
    assert [Client().post(first).status_code, Client().post(second).status_code] == [200, 404]
    lin_mei.account.refresh_from_db()
    assert (lin_mei.account.email, lin_mei.account.second_email) == ("thief@example.org", None)


def test_s10_links_are_few_though_they_are_opened_at_once(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    signed_in(client, lin_mei.account)
    asked = []
    for n in range(6):
        clock.shift(1)
        answer = client.post(reverse(ADDRESSES), {"which": "second_email", "address": f"{n}@example.org"})
        asked.append(answer.status_code)
        Client().post(links_mailed("confirm_address")[-1])
    assert asked == [302] * 5 + [429]


def test_s10_each_link_opens_its_own_page_alone(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    signed_in(client, lin_mei.account)
    changes.announce(lin_mei.account, what="new_device")
    client.post(reverse(ADDRESSES), {"which": "second_email", "address": "aunt@example.org"})
    freezing, confirming = (
        links_mailed(kind)[0].rstrip("/").rpartition("/")[2] for kind in ("security_change", "confirm_address")
    )
    stranger = Client()
    for page in (
        reverse("identity:freeze", args=[confirming]),
        reverse("identity:confirm_address", args=[freezing]),
    ):
        assert [stranger.get(page).status_code, stranger.post(page).status_code] == [404, 404]
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.is_active
    assert lin_mei.account.second_email is None


def test_s7_s10_s11_freezing_ends_sessions_known_devices_and_unconfirmed_addresses(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    sign_in(client, lin_mei)
    client.post(reverse(ADDRESSES), {"which": "second_email", "address": "thief@example.org"})
    changes.announce(lin_mei.account, what="new_device")
    assert SignedInSession.objects.exists()
    assert KnownDevice.objects.exists()
    assert client.post(links_mailed()[-1]).status_code == 200, "in the browser that is signed in, too"
    assert not SignedInSession.objects.exists()
    assert not KnownDevice.objects.exists()
    assert any("was frozen" in render(notice)[1] for notice in Notice.objects.filter(kind="security_change"))
    assert Client().post(links_mailed("confirm_address")[0]).status_code == 404
    Account.objects.update(is_active=True, frozen_at=None)
    assert Client().post(links_mailed("confirm_address")[0]).status_code == 404, "nor afterwards"
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.second_email is None


def test_s10_an_account_that_is_closed_takes_no_address(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    signed_in(client, lin_mei.account)
    client.post(reverse(ADDRESSES), {"which": "second_email", "address": "thief@example.org"})
    Account.objects.update(is_active=False)
    assert Client().post(links_mailed("confirm_address")[0]).status_code == 404
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.second_email is None


def test_s12_addresses_are_changed_with_a_fresh_factor(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    signed_in(client, lin_mei.account, fresh=False)
    answer = client.post(reverse(ADDRESSES), {"which": "email", "address": "thief@example.org"})
    assert answer.url.startswith(reverse("identity:sign_in_again"))
    assert not Notice.objects.exists()


def test_s1_a_mailbox_opens_nothing(
    clock: time_machine.Traveller, client: Client, lin_mei: Person, settings: Settings
) -> None:
    changes.announce(lin_mei.account, what="recovery_started")
    link = links_mailed()[0]
    client.get(link)
    client.post(link)
    assert client.get(reverse("identity:account")).status_code == 302
    assert show_password(client, lin_mei).status_code == 200
