"""Sealed columns: clear on the object, sealed in the row, refused anywhere between."""

import pytest
from django.db import connection, transaction

from lookups.identity.models import Account
from lookups.vault import sealing

pytestmark = pytest.mark.django_db


def column(account: Account) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM identity_account WHERE id = %s", [account.pk])
        return bytes(cursor.fetchone()[0])


def test_the_row_holds_no_clear_text(wei: Account) -> None:
    assert b"wei" not in column(wei)
    assert Account.objects.get(pk=wei.pk).email == "wei@example.org"


def test_two_rows_with_swapped_values_do_not_open(wei: Account, mei: Account) -> None:
    """S17"""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE identity_account SET email = %s WHERE id = %s", [column(mei), wei.pk])
    with pytest.raises(sealing.Unreadable):
        _ = Account.objects.get(pk=wei.pk).email


def test_a_sealed_column_cannot_be_searched_in_clear(wei: Account) -> None:
    with pytest.raises(TypeError, match="sealed"):
        Account.objects.filter(email="wei@example.org").exists()


def test_a_plain_text_cannot_be_written_past_the_object(wei: Account) -> None:
    with pytest.raises(TypeError, match="sealed"), transaction.atomic():
        Account.objects.filter(pk=wei.pk).update(email="other@example.org")
    assert Account.objects.get(pk=wei.pk).email == "wei@example.org"


def test_what_is_sealed_shows_nothing_of_itself(wei: Account) -> None:
    assert "wei" not in repr(wei.__dict__)


def test_a_column_left_out_of_a_query_is_fetched_when_asked_for(wei: Account) -> None:
    assert Account.objects.defer("email").get(pk=wei.pk).email == "wei@example.org"
