"""Where somebody is signed in: seen, and ended (S11)."""

import io

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from lookups.identity.models import SignedInSession
from tests.factories.identity import LIN_MEIS_CARD, Person, session_key, show_password, sign_in

pytestmark = [pytest.mark.django_db]
ACCOUNT = "/account/"
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0"


def on_phone_and_desk(clock: time_machine.Traveller, person: Person) -> tuple[Client, Client]:
    """Signed in twice, half a minute apart: a code is good once."""
    phone, desk = Client(headers={"user-agent": PHONE}), Client(headers={"user-agent": DESK})
    sign_in(phone, person)
    clock.shift(30)
    sign_in(desk, person)
    return phone, desk


def test_s11_the_account_page_lists_them_in_coarse_words(clock: time_machine.Traveller, lin_mei: Person) -> None:
    _, desk = on_phone_and_desk(clock, lin_mei)
    shown = desk.get(ACCOUNT).context["open_sessions"]
    assert [(one.label, one.is_this) for one in shown] == [("Firefox on Windows", True), ("Chrome on Android", False)]
    assert "SM-S918B" not in "".join(SignedInSession.objects.values_list("label", flat=True))


def test_s11_one_is_ended(clock: time_machine.Traveller, lin_mei: Person) -> None:
    phone, desk = on_phone_and_desk(clock, lin_mei)
    other = next(one for one in desk.get(ACCOUNT).context["open_sessions"] if not one.is_this)
    desk.post(reverse("identity:end_session", args=[other.id]))
    assert phone.get(ACCOUNT).status_code == 302
    assert desk.get(ACCOUNT).status_code == 200
    assert Session.objects.count() == 1


def test_s14_somebody_elses_session_does_not_exist(
    clock: time_machine.Traveller, lin_mei: Person, wang_fang: Person
) -> None:
    hers, mine = Client(), Client()
    sign_in(hers, wang_fang)
    sign_in(mine, lin_mei)
    row = SignedInSession.objects.get(account=wang_fang.account.pk)
    assert mine.post(reverse("identity:end_session", args=[row.pk])).status_code == 404
    assert hers.get(ACCOUNT).status_code == 200


def test_s11_all_others_are_ended_and_this_one_gets_a_new_key(clock: time_machine.Traveller, lin_mei: Person) -> None:
    phone, desk = on_phone_and_desk(clock, lin_mei)
    half_way = Client()
    show_password(half_way, lin_mei)
    before = session_key(desk)
    desk.post(reverse("identity:end_other_sessions"))
    assert session_key(desk) != before
    assert [one.is_this for one in desk.get(ACCOUNT).context["open_sessions"]] == [True]
    assert phone.get(ACCOUNT).status_code == 302
    assert half_way.get(reverse("identity:sign_in_code")).url.startswith(reverse("identity:sign_in"))


def test_s11_not_even_a_session_that_is_on_no_list_survives(clock: time_machine.Traveller, lin_mei: Person) -> None:
    phone, desk = on_phone_and_desk(clock, lin_mei)
    SignedInSession.objects.exclude(session_key=session_key(desk)).delete()
    desk.post(reverse("identity:end_other_sessions"))
    assert phone.get(ACCOUNT).status_code == 302


def test_s12_ending_sessions_needs_a_fresh_factor(clock: time_machine.Traveller, lin_mei: Person) -> None:
    phone, desk = on_phone_and_desk(clock, lin_mei)
    clock.shift(5 * 60 + 1)
    answer = desk.post(reverse("identity:end_other_sessions"), {"next": ACCOUNT})
    assert answer.url == "/sign-in/again/?next=%2Faccount%2F"
    assert phone.get(ACCOUNT).status_code == 200


def test_what_is_over_is_off_the_list(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    sign_in(client, lin_mei)
    client.post(reverse("identity:sign_out"))
    assert not SignedInSession.objects.exists()
    sign_in(client, lin_mei)
    Session.objects.all().delete()
    clock.shift(60)
    sign_in(Client(), lin_mei)
    assert SignedInSession.objects.count() == 1


def test_s11_the_key_on_the_list_follows_step_up(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    sign_in(client, lin_mei)
    clock.shift(60)
    client.post(reverse("identity:sign_in_again"), {"token": lin_mei.code()})
    assert SignedInSession.objects.get().session_key == session_key(client)


def test_s11_an_operator_ends_them(
    clock: time_machine.Traveller, lin_mei: Person, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = Client()
    sign_in(staff, officer)
    phone, desk = on_phone_and_desk(clock, lin_mei)
    said = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{LIN_MEIS_CARD}\n"))
    call_command("end_sessions", document="CN-RIC", stdout=said)
    assert said.getvalue() == "Signed out everywhere: 2 sessions.\n"
    assert phone.get(ACCOUNT).status_code == desk.get(ACCOUNT).status_code == 302
    assert staff.get(ACCOUNT).status_code == 200
    call_command("end_sessions", email=officer.email, stdout=said)
    assert staff.get(ACCOUNT).status_code == 302
    with pytest.raises(CommandError, match="no such account"):
        call_command("end_sessions", account="00000000-0000-4000-8000-000000000000")


def test_s11_the_page_says_when_the_session_ends(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    """Noon and five seconds, Beijing time being eight hours ahead."""
    sign_in(client, lin_mei)
    page = client.get(ACCOUNT).content.decode()
    assert "you are signed out at 20:15." in page
    assert 'data-seconds="900"' in page
    assert client.get(reverse("identity:stay")).json() == {"seconds": 900}


def test_s11_asking_how_long_is_activity_and_never_outlives_eight_hours(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    sign_in(client, lin_mei)
    for _ in range(8 * 5):
        clock.shift(11.9 * 60)
        left = client.get(reverse("identity:stay")).json()["seconds"]
    assert left < 900
    clock.shift(5 * 60)
    assert client.get(reverse("identity:stay")).status_code == 302
