"""Recovery codes: 80 bits, hashed, good once, throttled (S9)."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from lookups.identity import codes, services
from lookups.identity.models import AuthenticatorApp, RecoveryCode, recovery_code_hash
from lookups.identity.throttling import TooManyTries
from tests.factories.identity import Person, show_password

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SOURCE = "192.0.2.7"


def _accepted(person: Person, code: str) -> bool:
    return services.check_factor(person.account, token=code, source=SOURCE) is not None


def test_s9_ten_codes_of_80_bits_none_of_them_in_the_database(lin_mei: Person) -> None:
    saved = services.add_recovery_codes(lin_mei.account)
    assert len(set(saved)) == 10
    assert all(len(code) * 5 == 80 and set(code) <= set(codes.ALPHABET) for code in saved)
    hashes = b"".join(bytes(row.code_hash) for row in RecoveryCode.objects.all())
    assert not any(code.encode() in hashes for code in saved)


def test_s9_a_code_works_once_however_it_is_spelt(lin_mei: Person) -> None:
    code = services.add_recovery_codes(lin_mei.account)[3]
    typed = codes.grouped(code).lower().replace("0", "o").replace("1", "l")
    assert _accepted(lin_mei, f" {typed} ")
    assert not _accepted(lin_mei, typed)
    assert RecoveryCode.objects.filter(used_at=None).count() == 9


def test_s9_somebody_elses_code_is_wrong_and_stays_unused(lin_mei: Person, wang_fang: Person) -> None:
    code = services.add_recovery_codes(wang_fang.account)[0]
    assert not _accepted(lin_mei, code)
    assert _accepted(wang_fang, code)


def test_s9_guessing_is_slowed_down(lin_mei: Person, clock: time_machine.Traveller) -> None:
    right = services.add_recovery_codes(lin_mei.account)[0]
    for _ in range(5):
        assert not _accepted(lin_mei, "0000-0000-0000-0000")
    with pytest.raises(TooManyTries):
        _accepted(lin_mei, right)
    clock.shift(3)
    assert _accepted(lin_mei, right)


def test_s9_new_codes_replace_the_old_ones(lin_mei: Person) -> None:
    old = services.add_recovery_codes(lin_mei.account)[0]
    services.add_recovery_codes(lin_mei.account)
    assert not _accepted(lin_mei, old)


def test_whoever_lost_the_phone_signs_in_with_a_saved_code(client: Client, lin_mei: Person) -> None:
    code = services.add_recovery_codes(lin_mei.account)[0]
    AuthenticatorApp.objects.all().delete()
    show_password(client, lin_mei)
    answer = client.post(reverse("identity:sign_in_code"), {"token": codes.grouped(code)})
    assert client.post(answer.url).url == reverse("overview:numbers")
    assert client.get(reverse("identity:account")).status_code == 200


def test_s9_the_device_itself_takes_its_code_once(lin_mei: Person) -> None:
    """Two requests may find the unused code together: the row, locked, decides."""
    code = services.add_recovery_codes(lin_mei.account)[0]
    device = RecoveryCode.objects.get(code_hash=recovery_code_hash(code))
    assert device.verify_token(code)
    assert not device.verify_token(code)
