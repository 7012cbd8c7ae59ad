"""The public page where anybody checks a certificate: genuine or not, match or no match, and nothing else."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lookups.audit.models import AccessRecord
from lookups.disputes import certificates, services
from lookups.disputes.models import Dispute
from lookups.disputes.states import State
from lookups.identity import throttling
from lookups.identity.models import Account
from lookups.registry.models import Registration
from tests.cast import MEIS_ID, WEIS_ID, WEIS_NUMBER, make_citizen

pytestmark = pytest.mark.django_db

WEIS_PASSPORT = ("PASSPORT-CN", "E12345674")
# What differs between two answers without telling anything.
CHANGING = re.compile(rb'name="(?:csrfmiddlewaretoken|code)"\s+value="[^"]+"')


@pytest.fixture
def wei(db: None) -> Account:
    """With an old passport too."""
    return make_citizen(("CN-RIC", WEIS_ID), WEIS_PASSPORT, email="wei@example.org")


@pytest.fixture
def dispute(wei: Account, weis_line: Registration, file: Callable[..., Dispute]) -> Dispute:
    return file(weis_line, wei)


@pytest.fixture
def paper(dispute: Dispute, wei: Account) -> certificates.Paper:
    return certificates.issue(dispute, account=wei)


def compare(paper: certificates.Paper, kind: str, number: str, client: Client | None = None) -> tuple[int, str]:
    answer = (client or Client()).post("/verify/", {"code": paper.code, "kind": kind, "number": number})
    return answer.status_code, answer.content.decode()


def test_anybody_with_the_code_sees_that_it_is_genuine_and_where_it_stands(paper: certificates.Paper) -> None:
    page = Client().post("/verify/", {"code": paper.code}).content.decode()
    assert "This certificate is genuine" in page
    assert paper.stated["reference"] in page
    assert "about to be sent to the carrier" in page


@pytest.mark.parametrize("way", ["typed", "scanned"])
def test_nothing_personal_is_shown(paper: certificates.Paper, dispute: Dispute, way: str) -> None:
    client = Client()
    answer = client.post("/verify/", {"code": paper.code}) if way == "typed" else client.get(f"/verify/{paper.code}/")
    page = answer.content.decode()
    for secret in (WEIS_ID, WEIS_NUMBER[-4:], "+86", "Liuzhou", "never mine", str(dispute.subject), str(dispute.pk)):
        assert secret not in page
    assert not answer.cookies.get("__Host-session")


def test_the_page_shows_the_present_and_not_what_the_paper_said(
    paper: certificates.Paper, dispute: Dispute, ning: Account, wei: Account
) -> None:
    Dispute.objects.update(state=State.HANDED_OVER)
    services.decide(dispute, outcome="CANNOT_DETERMINE", answer="Secret words.", evidence={}, by=ning)
    page = Client().get(f"/verify/{paper.code}/").content.decode()
    assert "Answered by the carrier on" in page
    assert "could not find out" in page
    assert "Secret words" not in page
    dispute.refresh_from_db()
    services.appeal(dispute, account=wei, text="No.")
    assert "The regulator has it" in Client().get(f"/verify/{paper.code}/").content.decode()


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_words(paper: certificates.Paper, state: State) -> None:
    Dispute.objects.update(state=state)
    assert Client().get(f"/verify/{paper.code}/").status_code == 200


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("CN-RIC", WEIS_ID),
        ("CN-RIC", WEIS_ID[:6] + " " + WEIS_ID[6:]),
        WEIS_PASSPORT,
        ("phone", WEIS_NUMBER),
        ("phone", "138 1234 4471"),
    ],
)
def test_the_right_person_or_number_is_a_match(paper: certificates.Paper, kind: str, number: str) -> None:
    status, page = compare(paper, kind, number)
    assert status == 200
    assert "Match." in page
    assert number not in page


@pytest.mark.parametrize(
    ("kind", "number"), [("CN-RIC", MEIS_ID), ("PASSPORT-CN", "E12345673"), ("phone", "+8613812344472")]
)
def test_another_person_or_number_is_no_match(paper: certificates.Paper, kind: str, number: str) -> None:
    status, page = compare(paper, kind, number)
    assert status == 200
    assert "No match." in page
    assert number not in page


@pytest.mark.parametrize(("kind", "number"), [("CN-RIC", WEIS_ID[:-1]), ("phone", "12"), ("x", "1"), ("phone", "")])
def test_what_cannot_be_a_number_is_said_and_not_compared(paper: certificates.Paper, kind: str, number: str) -> None:
    status, page = compare(paper, kind, number)
    assert status == 200
    assert "There is a problem" in page
    assert "atch." not in page
    assert not AccessRecord.objects.filter(action="compared").exists()


def test_the_person_reads_that_somebody_compared(paper: certificates.Paper, dispute: Dispute) -> None:
    compare(paper, "phone", WEIS_NUMBER)
    compare(paper, "CN-RIC", MEIS_ID)
    records = AccessRecord.objects.filter(action="compared", subject=dispute.subject, about=dispute.reference)
    assert [record.actor_kind for record in records] == ["holder", "holder"]


def test_the_hidden_digits_cannot_be_tried_out(paper: certificates.Paper, dispute: Dispute) -> None:
    """Five tries, from wherever they come, and however right they are between."""
    tried = ["+8613812340001", WEIS_NUMBER, "+8613812340002", WEIS_NUMBER, "+8613812340003"]
    for n, number in enumerate(tried):
        client = Client(REMOTE_ADDR=f"192.0.2.{n}")
        assert compare(paper, "phone", number, client)[0] == 200
    before = AccessRecord.objects.count()
    status, page = compare(paper, "phone", WEIS_NUMBER, Client(REMOTE_ADDR="198.51.100.7"))
    assert status == 429
    assert "compared too often" in page
    assert "atch." not in page
    assert AccessRecord.objects.count() == before
    assert Client().get(f"/verify/{paper.code}/").status_code == 200, "the certificate itself can still be checked"


def test_codes_cannot_be_tried_out(paper: certificates.Paper) -> None:
    client = Client(REMOTE_ADDR="192.0.2.9")
    allowed = throttling.CERTIFICATE.source.free
    statuses = [client.post("/verify/", {"code": f"{n:020}"}).status_code for n in range(allowed + 1)]
    assert statuses == [404] * allowed + [429]
    assert client.post("/verify/", {"code": paper.code}).status_code == 429
    assert client.get(f"/verify/{paper.code}/").status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.10").post("/verify/", {"code": paper.code}).status_code == 200


def test_checking_a_real_one_often_is_free(paper: certificates.Paper) -> None:
    client = Client(REMOTE_ADDR="192.0.2.9")
    assert {client.get(f"/verify/{paper.code}/").status_code for _ in range(40)} == {200}


def test_wrong_codes_tell_nothing(paper: certificates.Paper, dispute: Dispute, wei: Account, mei: Account) -> None:
    """A reference, a certificate whose signature is broken, a code that never was: the same answer to all."""
    broken = paper.code
    row = paper.row
    row.signature = bytes(64)
    row._meta.model.objects.filter(pk=row.pk).delete()
    row.save(force_insert=True)
    answers = {}
    for code in (broken, dispute.reference, "0000-0000-0000-0000-0000", paper.code[:-1], "x"):
        typed = Client().post("/verify/", {"code": code})
        compared = Client().post("/verify/", {"code": code, "kind": "phone", "number": WEIS_NUMBER})
        scanned = Client().get(f"/verify/{code}/")
        for answer in (typed, compared, scanned):
            answers[answer.status_code, CHANGING.sub(b"", answer.content)] = code
    assert len(answers) == 1
    ((status, _page),) = answers
    assert status == 404
    assert not AccessRecord.objects.filter(action="compared").exists()


def test_wrong_codes_cost_the_same(paper: certificates.Paper, dispute: Dispute) -> None:
    asked = {}
    for code in ("0000-0000-0000-0000-0000", dispute.reference, paper.code[:-1], "x"):
        with CaptureQueriesContext(connection) as queries:
            assert Client().get(f"/verify/{code}/").status_code == 404
        asked[code] = [query["sql"].split()[0] for query in queries]
    assert len({tuple(kinds) for kinds in asked.values()}) == 1
