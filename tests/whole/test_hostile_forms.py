"""Whatever is typed into the fields of a form is answered with a page, never with an error of ours (bad input)."""

import re

import pytest
from django.test import Client

from lookups.disputes.models import Dispute, Draft
from lookups.identity.models import Account
from tests.disputes.filing_pages import fill_in, send
from tests.whole.addresses import every_address
from tests.whole.conftest import World

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

TYPED = {
    "a null character": "a\0b",
    "very long": "x" * 30_000,
    "half a surrogate": "\ud800".encode("utf-8", "surrogatepass"),
    "markup": "<script>alert(1)</script>{{ 1|add:1 }}{% now 'Y' %}",
    "right to left": "\u202eabc\u200f",
    "a formula": "=cmd|' /C calc'!A0",
    "a pattern": "%s %(number)s {0} {number}",
}
#: Names of all fields that some form has.
FIELDS = """
scheme number password again email code token digits page reason statement text next outcome answer_text question
registered_on channel outlet identity_check document_kind reverification right_carrier order
action _selected_action settings kind name host carrier max_in_flight csrfmiddlewaretoken as_of file others family
used_by cancelled_when cancelled_how given_to
given_when wrong_what document_what document_when remove version
"""


@pytest.mark.parametrize("typed", ["a null character", "very long", "half a surrogate", "markup", "a pattern"])
def test_every_form_takes_it_calmly(world: World, typed: str) -> None:
    value = TYPED[typed]
    fields = dict.fromkeys(FIELDS.split(), value)
    accounts, disputes = Account.objects.count(), Dispute.objects.count()
    answers = {}
    for who in ("", "wei", "eli", "pat"):
        client = world.signed_in(who)
        client.raise_request_exception = False
        for one in every_address(world.values):
            if one.name != "identity:sign_out":
                response = client.post(one.path, fields)
                answers[one.name, who] = response.status_code
                assert b"<script>alert(1)" not in response.content, one.name
    assert {where: status for where, status in answers.items() if status >= 500} == {}
    assert (Account.objects.count(), Dispute.objects.count()) == (accounts, disputes)


@pytest.mark.parametrize("typed", ["markup", "a pattern", "right to left", "a formula"])
def test_a_statement_is_kept_as_it_was_typed(world: World, typed: str) -> None:
    client = world.signed_in("wei")
    value = str(TYPED[typed])
    fill_in(client, world.registration, statement=value)
    assert Draft.objects.get().content["statement"] == value
    filed = send(client, world.registration)
    assert Dispute.objects.get(reference=filed.url.split("/")[2]).statement == value
    shown = client.get(filed.url).content.decode()
    assert "<script>" not in shown
    assert re.search(r"2\s*2026", shown) is None, "not a template"


@pytest.mark.parametrize(
    "body", [b"", b"%", b"a=%ff%fe", b"\xff\xfe", b"=&=&=", b"a" * 2_000_000, b"&".join([b"a=1"] * 2000)]
)
def test_bodies_that_are_no_form(client: Client, db: None, body: bytes) -> None:
    client.raise_request_exception = False
    answer = client.post("/sign-in/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {200, 400, 413}


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain", "x", ""]
)
def test_bodies_of_another_kind(client: Client, db: None, content_type: str) -> None:
    client.raise_request_exception = False
    answer = client.post("/sign-in/", b"--y\r\n\xff\r\n", content_type=content_type)
    assert answer.status_code in {200, 400, 413, 415}
