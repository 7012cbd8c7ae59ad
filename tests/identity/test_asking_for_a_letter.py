"""A letter that a citizen asks for: the same answer for everybody, and an ID number that waits sealed (S2, S15)."""

import io
import stat
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lookups.identity import letters, tasks
from lookups.identity.models import ActivationCode, LetterRequest
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, NOBODYS_CARD, WANG_FANGS_CARD, Person
from tests.identity import pdf_text

pytestmark = pytest.mark.django_db
REGISTER = (
    f"id_number,name,address\n{LIN_MEIS_CARD},Lin Mei,7 Harbour Road\n{WANG_FANGS_CARD},Wang Fang,2 Lake Street\n"
)


def ask(client: Client, number: str = LIN_MEIS_CARD) -> HttpResponse:
    return client.post(reverse("identity:ask_for_letter"), {"scheme": "CN-RIC", "number": number})


def printed(tmp_path: Path, register: str = REGISTER, name: str = "letters.pdf") -> tuple[list[str], str]:
    """The letters' words, and what was said."""
    addresses = tmp_path / "register.csv"
    addresses.write_text(register, encoding="utf-8")
    err = io.StringIO()
    call_command("print_requested_letters", "--addresses", str(addresses), "--output", str(tmp_path / name), stderr=err)
    file = tmp_path / name
    return [pdf_text.words(page) for page in pdf_text.pages(file.read_bytes())] if file.exists() else [], err.getvalue()


def test_s15_the_answer_is_the_same_whether_the_document_is_known(
    clock: time_machine.Traveller, client: Client, lin_mei: Person
) -> None:
    identity.activation_code(WANG_FANGS_CARD)
    answers = {ask(client, number).content for number in (LIN_MEIS_CARD, WANG_FANGS_CARD, NOBODYS_CARD, NOBODYS_CARD)}
    assert len(answers) == 1
    assert LetterRequest.objects.count() == 3, "one a document, whoever it is"


def test_s15_asking_costs_the_same_queries(clock: time_machine.Traveller, client: Client, lin_mei: Person) -> None:
    counts = set()
    for number in (LIN_MEIS_CARD, WANG_FANGS_CARD, NOBODYS_CARD, NOBODYS_CARD):  # asked about before, too
        with CaptureQueriesContext(connection) as queries:
            ask(client, number)
        counts.add(len(queries))
    assert len(counts) == 1


def test_the_number_waits_sealed(clock: time_machine.Traveller, client: Client) -> None:
    ask(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text, number FROM identity_letterrequest r")
        row, number = cursor.fetchone()
    assert LIN_MEIS_CARD not in row
    assert LIN_MEIS_CARD.encode() not in bytes(number)
    assert LetterRequest.objects.get().number == LIN_MEIS_CARD


def test_s2_asking_again_and_again_is_slowed_down(clock: time_machine.Traveller, client: Client) -> None:
    assert [ask(client).status_code for _ in range(5)] == [200, 200, 200, 200, 429]
    assert LetterRequest.objects.count() == 1
    assert ask(Client(REMOTE_ADDR="203.0.113.9")).status_code == 200, "a stranger elsewhere locks nobody out"


def test_what_cannot_be_a_number_is_not_kept(clock: time_machine.Traveller, client: Client) -> None:
    assert b"does not have the right length" in ask(client, "12").content
    assert not LetterRequest.objects.exists()


def test_the_operator_prints_and_the_request_is_gone(
    clock: time_machine.Traveller, client: Client, tmp_path: Path
) -> None:
    ask(client)
    ask(client, NOBODYS_CARD)
    texts, said = printed(tmp_path)
    assert len(texts) == 1
    assert "Lin Mei" in texts[0]
    assert said.startswith("1 letters written; 0 not")
    assert said.rstrip().endswith("1 wait for an address.")
    assert LetterRequest.objects.get().number == NOBODYS_CARD
    assert stat.S_IMODE((tmp_path / "letters.pdf").stat().st_mode) == 0o600


def test_s9_a_letter_that_was_asked_for_goes_to_people_with_an_account_too(
    clock: time_machine.Traveller, client: Client, lin_mei: Person, tmp_path: Path
) -> None:
    ask(client)
    assert len(printed(tmp_path)[0]) == 1
    assert ActivationCode.objects.count() == 1


def test_s2_a_day_between_two_letters_holds_for_those_asked_for(
    clock: time_machine.Traveller, client: Client, tmp_path: Path
) -> None:
    identity.activation_code()
    ask(client)
    texts, said = printed(tmp_path)
    assert texts == []
    assert said.startswith("0 letters written; 1 not")
    assert ActivationCode.objects.count() == 1
    assert not LetterRequest.objects.exists()


def test_the_list_for_the_register_is_for_its_owner_alone(
    clock: time_machine.Traveller, client: Client, tmp_path: Path
) -> None:
    ask(client)
    listed = tmp_path / "asked.csv"
    err = io.StringIO()
    call_command("print_requested_letters", "--list", str(listed), stderr=err)
    assert listed.read_text() == f"id_scheme,id_number\nCN-RIC,{LIN_MEIS_CARD}\n"
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    assert LIN_MEIS_CARD not in err.getvalue()


def test_a_name_that_cannot_be_written_prints_nothing_at_all(
    clock: time_machine.Traveller, client: Client, tmp_path: Path
) -> None:
    ask(client)
    with pytest.raises(CommandError, match=r"in line 2\. Give one that can"):
        printed(tmp_path, f"id_number,name,address\n{LIN_MEIS_CARD},林梅,广州\n")
    assert not (tmp_path / "letters.pdf").exists()
    assert LetterRequest.objects.count() == 1
    assert not ActivationCode.objects.exists()


def test_after_seven_days_the_number_is_deleted(clock: time_machine.Traveller, client: Client, tmp_path: Path) -> None:
    ask(client)
    clock.shift(7 * 86400 - 1)
    tasks.forget_letter_requests()
    assert LetterRequest.objects.count() == 1
    clock.shift(1)
    assert letters.waiting() == []
    tasks.forget_letter_requests()
    assert not LetterRequest.objects.exists()


def test_a_command_forgets_too(clock: time_machine.Traveller, client: Client) -> None:
    ask(client)
    clock.shift(8 * 86400)
    out = io.StringIO()
    call_command("forget_letter_requests", stdout=out)
    assert out.getvalue() == "1 requests deleted.\n"
    assert not LetterRequest.objects.exists()
