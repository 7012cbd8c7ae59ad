"""Factors added and removed, the password changed: with a fresh factor, told to the person, and the others signed out
(S5, S9, S10, S11, S12)."""

import base64
import uuid

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from lookups.identity import changes, codes, factors, open_sessions, passwords, services
from lookups.identity.models import Account, AuthenticatorApp, Passkey, RecoveryCode
from lookups.notices.models import Notice
from tests.factories.identity import (
    LIN_MEIS_CARD,
    PASSWORD,
    Person,
    code_of,
    session_key,
    show_password,
    sign_in,
    signed_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NEW = "nine slow boats at dawn"
PAGES = ["add_passkey", "add_authenticator", "change_password", "recovery_codes"]


def a_passkey(account: Account) -> Passkey:
    """A row as registration leaves it; its key is nobody's."""
    raw = uuid.uuid4().bytes
    return Passkey.objects.create(
        user=account, name="Chrome|Android", credential_id=raw, public_key=b"-", aaguid="", user_handle=bytes(64)
    )


def told(account: Account) -> list[str]:
    notices = Notice.objects.filter(account=account.pk, kind="security_change").order_by("created_at")
    keys = {str(words): what for what, words in changes.WORDS.items()}
    return [keys[notice.context["happened"]] for notice in notices]


def elsewhere(person: Person) -> Client:
    return signed_in(Client(), person.account)


@pytest.mark.parametrize("page", PAGES)
def test_s12_each_change_needs_a_fresh_factor(client: Client, lin_mei: Person, page: str) -> None:
    signed_in(client, lin_mei.account, fresh=False)
    address = reverse(f"identity:{page}")
    for answer in (client.get(address), client.post(address, {"password": NEW, "again": NEW, "old": PASSWORD})):
        assert answer.url.startswith(reverse("identity:sign_in_again"))
    assert told(lin_mei.account) == []
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.check_password(PASSWORD)


@pytest.mark.parametrize("page", PAGES)
def test_s3_nor_is_the_password_enough(client: Client, lin_mei: Person, page: str) -> None:
    show_password(client, lin_mei)
    assert client.post(reverse(f"identity:{page}")).url == reverse("identity:sign_in_code")


def test_s10_s11_an_authenticator_app_is_added(client: Client, lin_mei: Person) -> None:
    other = elsewhere(lin_mei)
    signed_in(client, lin_mei.account)
    before = session_key(client)
    address = reverse("identity:add_authenticator")
    page = client.get(address)
    seed = base64.b32decode(page.context["secret_groups"].replace(" ", ""))
    sealed = page.context["form"].initial["seed"]
    wrong = client.post(address, {"token": "000000", "seed": sealed})
    assert "not the code we expected" in wrong.content.decode()
    assert page.context["secret_groups"] == wrong.context["secret_groups"]
    assert client.post(address, {"token": code_of(seed), "seed": sealed}).url == reverse("identity:account")
    assert AuthenticatorApp.objects.filter(user=lin_mei.account).count() == 2
    assert told(lin_mei.account) == ["factor_added"]
    assert session_key(client) != before
    assert client.get(reverse("identity:account")).status_code == 200
    assert other.get(reverse("identity:account")).status_code == 302


def test_a_seed_that_was_offered_to_somebody_else_is_not_taken(
    client: Client, lin_mei: Person, wang_fang: Person
) -> None:
    address = reverse("identity:add_authenticator")
    page = elsewhere(wang_fang).get(address)
    seed = base64.b32decode(page.context["secret_groups"].replace(" ", ""))
    sealed = page.context["form"].initial["seed"]
    signed_in(client, lin_mei.account)
    for bad in (sealed, "", "x", "AAAA" * 40):
        assert client.post(address, {"token": code_of(seed), "seed": bad}).status_code == 200
    assert AuthenticatorApp.objects.filter(user=lin_mei.account).count() == 1


def test_s10_s11_a_factor_is_removed(client: Client, lin_mei: Person) -> None:
    passkey = a_passkey(lin_mei.account)
    other = elsewhere(lin_mei)
    sign_in(client, lin_mei)
    address = reverse("identity:remove_factor", args=[passkey.pk])
    assert client.get(address).status_code == 200
    assert Passkey.objects.exists()
    client.post(address)
    assert not Passkey.objects.exists()
    assert told(lin_mei.account) == ["factor_removed"]
    assert other.get(reverse("identity:account")).status_code == 302
    assert client.get(reverse("identity:account")).status_code == 200


def test_the_last_factor_stays(client: Client, lin_mei: Person) -> None:
    services.add_recovery_codes(lin_mei.account)
    signed_in(client, lin_mei.account)
    assert all(factor.id is None for factor in client.get(reverse("identity:account")).context["factors"])
    client.post(reverse("identity:remove_factor", args=[lin_mei.device().pk]))
    assert AuthenticatorApp.objects.count() == 1
    assert told(lin_mei.account) == []


def test_the_factor_that_one_came_in_with_takes_its_session_along(client: Client, lin_mei: Person) -> None:
    a_passkey(lin_mei.account)
    sign_in(client, lin_mei)
    answer = client.post(reverse("identity:remove_factor", args=[lin_mei.device().pk]))
    assert answer.url == reverse("identity:sign_in")
    assert client.get(reverse("identity:account")).status_code == 302


def test_s14_somebody_elses_factor_does_not_exist(client: Client, lin_mei: Person, wang_fang: Person) -> None:
    signed_in(client, lin_mei.account)
    for hers in (a_passkey(wang_fang.account), wang_fang.device()):
        address = reverse("identity:remove_factor", args=[hers.pk])
        assert client.get(address).status_code == client.post(address).status_code == 404
    assert Passkey.objects.count() == 1
    assert AuthenticatorApp.objects.count() == 2


def test_s10_s11_the_password_is_changed(client: Client, lin_mei: Person) -> None:
    other = elsewhere(lin_mei)
    signed_in(client, lin_mei.account)
    answer = client.post(reverse("identity:change_password"), {"old": PASSWORD, "password": NEW, "again": NEW})
    assert answer.url == reverse("identity:account")
    assert client.get(reverse("identity:account")).status_code == 200
    assert other.get(reverse("identity:account")).status_code == 302
    assert told(lin_mei.account) == ["password_changed"]
    assert show_password(Client(), lin_mei).status_code == 200
    assert show_password(Client(), lin_mei, password=NEW).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("wrong", NEW, "not your password of today"),
        (PASSWORD, "short", "too short"),
        (PASSWORD, f"{LIN_MEIS_CARD[:6]} {LIN_MEIS_CARD[6:]}", "This stands on your papers"),
        (PASSWORD, "registrationportal", "first that a stranger would try"),
        (PASSWORD, "password123", "too common"),
    ],
)
def test_s5_a_bad_password_changes_nothing(client: Client, lin_mei: Person, old: str, new: str, words: str) -> None:
    signed_in(client, lin_mei.account)
    answer = client.post(reverse("identity:change_password"), {"old": old, "password": new, "again": new})
    assert words in answer.content.decode()
    assert f'value="{new}"' not in answer.content.decode()
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.check_password(PASSWORD)
    assert told(lin_mei.account) == []


def test_s9_a_password_that_a_recovery_set_meanwhile_has_the_last_word(
    lin_mei: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = passwords.encode

    def slowly(password: str) -> passwords.EncodedPassword:
        if password == NEW:
            Account.objects.filter(pk=lin_mei.account.pk).update(password=encode("the owner's own"))
        return encode(password)

    monkeypatch.setattr(passwords, "encode", slowly)
    with pytest.raises(ValidationError):
        factors.change_password(lin_mei.account, old=PASSWORD, new=NEW, source="192.0.2.1")
    lin_mei.account.refresh_from_db()
    assert lin_mei.account.check_password("the owner's own")
    assert told(lin_mei.account) == []


@pytest.mark.parametrize("change", ["passkey", "app", "codes", "code"])
def test_s9_no_factor_is_added_by_a_request_whose_session_a_recovery_or_freeze_ended(
    lin_mei: Person, change: str
) -> None:
    inside = Account.objects.get(pk=lin_mei.account.pk)
    open_sessions.end_all(lin_mei.account)
    seed = base64.b32encode(b"a seed of the thief's").decode()
    add = {
        "passkey": lambda: factors.add_passkey(inside, Passkey(credential_id=b"1", public_key=b"-", user_handle=b"")),
        "app": lambda: factors.add_authenticator(inside, seed=seed, token=code_of(base64.b32decode(seed))),
        "codes": lambda: factors.new_recovery_codes(inside),
        "code": lambda: factors.replace_recovery_code(inside),
    }
    with pytest.raises(PermissionDenied):
        add[change]()
    assert AuthenticatorApp.objects.get() == lin_mei.device()
    assert not Passkey.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert told(lin_mei.account) == []


def test_s7_the_password_of_today_cannot_be_guessed_here(client: Client, lin_mei: Person) -> None:
    signed_in(client, lin_mei.account)
    address = reverse("identity:change_password")
    tries = [client.post(address, {"old": "guess", "password": NEW, "again": NEW}).status_code for _ in range(6)]
    assert tries == [200] * 5 + [429]


def test_s9_s11_new_recovery_codes_replace_the_old_and_are_shown_once(client: Client, lin_mei: Person) -> None:
    old = services.add_recovery_codes(lin_mei.account)[0]
    other = elsewhere(lin_mei)
    signed_in(client, lin_mei.account)
    address = reverse("identity:recovery_codes")
    assert client.get(address).context["codes"] == []
    fresh = client.post(address).context["codes"]
    assert len(fresh) == 10
    assert client.get(address).context["codes"] == []
    assert other.get(reverse("identity:account")).status_code == 302
    assert told(lin_mei.account) == ["recovery_codes_replaced"]
    assert services.check_factor(lin_mei.account, token=old, source="192.0.2.1") is None
    assert services.check_factor(lin_mei.account, token=fresh[0], source="192.0.2.1") is not None


def test_s9_a_used_recovery_code_is_replaced_and_the_new_one_shown_once(client: Client, lin_mei: Person) -> None:
    code = services.add_recovery_codes(lin_mei.account)[0]
    show_password(client, lin_mei, then="/account/")
    answer = client.post(reverse("identity:sign_in_code"), {"token": code})
    assert answer.url == reverse("identity:new_recovery_code")
    (fresh,) = client.get(answer.url).context["codes"]
    assert fresh.replace("-", "") not in str(dict(client.session.items())), "it waits sealed"
    assert RecoveryCode.objects.filter(used_at=None).count() == 10
    assert told(lin_mei.account) == ["recovery_code_used"]
    assert client.post(answer.url).url == "/account/"
    assert client.get(answer.url).url == reverse("overview:numbers")
    assert services.check_factor(lin_mei.account, token=codes.normalise(fresh), source="192.0.2.1") is not None


def test_s9_so_it_is_after_a_step_up(client: Client, lin_mei: Person, clock: time_machine.Traveller) -> None:
    code = services.add_recovery_codes(lin_mei.account)[0]
    signed_in(client, lin_mei.account, fresh=False)
    answer = client.post(reverse("identity:sign_in_again") + "?next=/account/", {"token": code})
    assert answer.url == reverse("identity:new_recovery_code")
    assert client.post(answer.url).url == "/account/"


def test_s10_s16_the_notice_says_what_and_nothing_about_whom(client: Client, lin_mei: Person) -> None:
    signed_in(client, lin_mei.account)
    client.post(reverse("identity:recovery_codes"))
    notice = Notice.objects.get(kind="security_change")
    assert notice.address == "lin@example.org"
    assert set(notice.context) == {"happened"}
