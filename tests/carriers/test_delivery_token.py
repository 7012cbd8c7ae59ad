"""``manage.py delivery_token``: what an operator hands to a carrier, once."""

import re

import pytest
from django.core.management import CommandError, call_command

from lookups.carriers import tokens
from lookups.carriers.models import Carrier, DeliveryToken

pytestmark = pytest.mark.django_db


def made(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    call_command("delivery_token", "northern", *words)
    match = re.search(r"not shown again: (feeds_[\w-]{43})\n", capsys.readouterr().out)
    assert match
    return match[1]


def opens(token: str) -> bool:
    return tokens.carrier_of(f"Bearer {token}") is not None


def test_a_new_one_ends_the_one_before(northern: Carrier, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = made(capsys), made(capsys)
    assert (opens(first), opens(second)) == (False, True)


def test_rotated_the_one_before_lives_until_the_next(northern: Carrier, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = made(capsys), made(capsys, "--rotate")
    assert opens(first)
    assert opens(second)
    third = made(capsys, "--rotate")
    assert [opens(one) for one in (first, second, third)] == [False, True, True]


def test_withdrawn_none_is_taken(northern: Carrier, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = made(capsys), made(capsys, "--rotate")
    call_command("delivery_token", "northern", "--withdraw")
    assert not opens(first)
    assert not opens(second)
    with pytest.raises(CommandError, match="has no token"):
        call_command("delivery_token", "northern", "--withdraw")


def test_an_unknown_carrier_gets_none(northern: Carrier) -> None:
    with pytest.raises(CommandError, match="no carrier “southern”"):
        call_command("delivery_token", "southern")
    assert not DeliveryToken.objects.exists()
