"""Feeds in the console: clerks deliver, a supervisor or an operator decides about what is held, and nobody else."""

import datetime
import errno
import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.client import BOUNDARY, encode_multipart
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from lookups.carriers.models import Carrier
from lookups.carriers.row_security import enter_console
from lookups.identity import services as identity
from lookups.identity.models import Account, Role
from lookups.registry import deliveries, spool
from lookups.registry.models import CameBy, Feed, FeedState, Registration
from tests.cast import SEED, WEIS_ID, encoded_password, make_clerk, sign_in
from tests.registry.conftest import csv_of, row, take_in
from tests.registry.delivering import System, read, spooled

pytestmark = pytest.mark.django_db(transaction=True)

LIST, DELIVER = "/console/registry/feed/", "/console/registry/feed/deliver/"
FILE = csv_of(row(), row(phone_number="+8613912345678", plan="gold"))


@pytest.fixture(autouse=True)
def feeds_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.FEEDS_FOLDER = tmp_path
    return tmp_path


@pytest.fixture
def sun(northern: Carrier) -> Account:
    return make_clerk(northern, "sun@northern.example", "Sun", role="supervisor")


@pytest.fixture
def as_sun(sun: Account) -> Client:
    return sign_in(Client(), sun)


@pytest.fixture
def as_zhou(transactional_db: None) -> Client:
    account = identity.create_staff_account(
        "zhou@portal.example", label="Zhou", role=Role.OPERATOR, password=encoded_password(), totp_seed=SEED
    )
    return sign_in(Client(), account)


def rows(count: int) -> bytes:
    return csv_of(*(row(phone_number=f"+861381234{number:04d}") for number in range(count)))


@pytest.fixture
def held(northern: Carrier) -> Feed:
    """A snapshot that Northern's own system has delivered, and that would end 40 of 100 records."""
    take_in(northern, rows(100), as_of=timezone.now() - datetime.timedelta(days=2))
    feed = read(System(northern).delivered(rows(60)))
    assert feed.state == FeedState.HELD
    return feed


def form(content: bytes = FILE, **fields: object) -> dict[str, object]:
    """In the order in which a browser sends the fields of the page."""
    as_of = (timezone.localtime() - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    upload = SimpleUploadedFile("feed.csv", content)
    return {"kind": "snapshot", "as_of": as_of, "file": upload} | fields


def page(feed: Feed, what: str = "change") -> str:
    return reverse(f"admin:registry_feed_{what}", args=[feed.pk])


# Delivering -----------------------------------------------------------------------------------------------------------


def test_a_clerk_delivers_a_feed(as_ning: Client, ning: Account) -> None:
    assert b'enctype="multipart/form-data"' in as_ning.get(DELIVER).content
    answer = as_ning.post(DELIVER, form())
    feed = Feed.objects.get()
    assert answer.url == page(feed)
    assert (feed.state, feed.came_by, feed.uploaded_by) == (FeedState.RECEIVED, CameBy.CONSOLE, ning.pk)
    (kept,) = spooled()
    assert WEIS_ID.encode() not in kept.read_bytes()

    read(feed)
    assert (feed.state, feed.started, feed.rejected) == (FeedState.APPLIED, 1, 1)
    shown = as_ning.get(page(feed)).content.decode()
    assert "applied" in shown
    assert "upload in the console (Ning)" in shown
    rejects = as_ning.get(page(feed, "rejects"))
    assert b"".join(rejects) == b"line,column,reason\n3,plan,unknown_value\n"
    assert rejects["Content-Disposition"].startswith("attachment")
    assert "applied" in as_ning.get(LIST).content.decode()


def test_the_moment_is_the_countrys(as_ning: Client) -> None:
    as_ning.post(DELIVER, form(as_of="2026-11-20T08:00"))
    assert Feed.objects.get().as_of == datetime.datetime(2026, 11, 20, 0, 0, tzinfo=datetime.UTC)


def test_one_file_of_a_carrier_after_the_other(as_ning: Client, northern: Carrier) -> None:
    with spool.turn(northern.pk) as ours:
        assert ours
        assert as_ning.get(DELIVER).status_code == 200
        answer = as_ning.post(DELIVER, form(), follow=True)
    assert "Another file of your carrier is on its way" in answer.content.decode()
    assert (Feed.objects.count(), spooled()) == (0, [])
    as_ning.post(DELIVER, form())
    assert Feed.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": ""}, "This field is required"),
        ({"kind": "everything"}, "Select a valid choice"),
        ({"as_of": ""}, "This field is required"),
        ({"as_of": "2099-01-01T00:00"}, "is in the future"),
        ({"file": SimpleUploadedFile("feed.csv", b"")}, "The submitted file is empty"),
        ({"file": ""}, "This field is required"),
    ],
)
def test_a_form_that_is_not_right_keeps_nothing(as_ning: Client, fields: dict[str, object], sentence: str) -> None:
    answer = as_ning.post(DELIVER, form() | fields)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Feed.objects.exists()
    assert spooled() == []


def test_the_same_file_again_leads_to_what_became_of_it(as_ning: Client) -> None:
    first = as_ning.post(DELIVER, form(as_of="2026-11-20T08:00"))
    again = as_ning.post(DELIVER, form(as_of="2026-11-20T08:00"))
    assert again.url == first.url
    assert Feed.objects.count() == len(spooled()) == 1


@pytest.mark.parametrize("left", [0.5, 0.9, 1.0])
def test_a_body_that_was_cut_off_is_a_delivery_that_failed(as_ning: Client, left: float) -> None:
    whole = encode_multipart(BOUNDARY, form(csv_of(*(row(outlet_district=str(n)) for n in range(3000)))))
    cut = whole[: int((len(whole) - 10) * left)]
    as_ning.post(DELIVER, cut, content_type=f"multipart/form-data; boundary={BOUNDARY}")
    feed = Feed.objects.get()
    assert (feed.state, feed.problem) == (
        FeedState.FAILED,
        "The connection ended before the whole file had arrived.",
    )
    assert spooled() == []


def test_a_file_that_is_too_large(as_ning: Client, settings: Settings) -> None:
    settings.FEED_MAX_BYTES = len(FILE) - 1
    answer = as_ning.post(DELIVER, form(), follow=True)
    assert "The file is larger than" in answer.content.decode()
    assert Feed.objects.get().state == FeedState.FAILED
    assert spooled() == []


def test_a_full_disk(as_ning: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("lookups.registry.spool.os.fsync", full)
    answer = as_ning.post(DELIVER, form(), follow=True)
    assert "could not keep the file (No space left on device)" in answer.content.decode()
    assert Feed.objects.get().state == FeedState.FAILED
    assert spooled() == []


def test_a_forged_upload_is_refused_and_leaves_nothing(ning: Account) -> None:
    client = sign_in(Client(enforce_csrf_checks=True), ning)
    assert client.post(DELIVER, form()).status_code == 403
    assert not Feed.objects.exists()
    assert spooled() == []
    client.get(DELIVER)
    token = client.cookies["__Host-csrf"].value
    assert client.post(DELIVER, {"csrfmiddlewaretoken": token, **form()}).status_code == 302


def test_only_the_carriers_own_staff_deliver(as_olga: Client, as_zhou: Client, as_wei: Client) -> None:
    assert [client.post(DELIVER, form()).status_code for client in (as_olga, as_zhou, as_wei)] == [403, 403, 404]
    assert b"/deliver/" not in as_olga.get(LIST).content
    assert not Feed.objects.exists()
    assert spooled() == []


def test_two_files_in_one_form_are_one_feed(as_ning: Client) -> None:
    as_ning.post(DELIVER, form() | {"other": SimpleUploadedFile("b.csv", b"x" * 5000)})
    assert Feed.objects.get().size == len(FILE)
    assert len(spooled()) == 1


# Deciding -------------------------------------------------------------------------------------------------------------


def test_the_supervisor_releases_what_is_held(as_sun: Client, sun: Account, held: Feed) -> None:
    shown = as_sun.get(page(held)).content.decode()
    assert "The snapshot would end 40 of 100 records" in shown
    assert as_sun.post(page(held, "release")).url == page(held)
    read(held)
    assert (held.state, held.ended, held.released_by) == (FeedState.APPLIED, 40, sun.pk)
    assert Registration.objects.running().count() == 60
    assert "Sun" in as_sun.get(page(held)).content.decode()


def test_an_operator_releases_it_too(as_zhou: Client, held: Feed) -> None:
    as_zhou.post(page(held, "release"))
    assert read(held).state == FeedState.APPLIED


def test_the_supervisor_discards_it(as_sun: Client, held: Feed) -> None:
    as_sun.post(page(held, "discard"))
    held.refresh_from_db()
    assert (held.state, spooled()) == (FeedState.DISCARDED, [])
    assert Registration.objects.running().count() == 100
    again = as_sun.post(page(held, "release"), follow=True)
    assert "the feed has moved on" in again.content.decode()


def test_clerks_and_officers_only_look(as_ning: Client, as_olga: Client, held: Feed) -> None:
    for client in (as_ning, as_olga):
        shown = client.get(page(held)).content.decode()
        assert "decides." in shown
        assert "/release/" not in shown
        assert [client.post(page(held, what)).status_code for what in ("release", "discard")] == [403, 403]
    held.refresh_from_db()
    assert held.state == FeedState.HELD


def test_s12_releasing_needs_a_fresh_factor(sun: Account, held: Feed) -> None:
    client = sign_in(Client(), sun, stepped_up=False)
    for what in ("release", "discard"):
        answer = client.post(page(held, what), {"next": page(held)})
        assert answer.url == f"{reverse('identity:sign_in_again')}?next={page(held).replace('/', '%2F')}"
    held.refresh_from_db()
    assert held.state == FeedState.HELD


def test_s24_nobody_releases_what_they_uploaded_themselves(as_sun: Client, as_zhou: Client, held: Feed) -> None:
    Feed.objects.filter(pk=held.pk).delete()
    as_sun.post(DELIVER, form(rows(50)))
    own = read(Feed.objects.get(came_by=CameBy.CONSOLE))
    assert own.state == FeedState.HELD
    shown = as_sun.get(page(own)).content.decode()
    assert "You uploaded it yourself" in shown
    assert "/release/" not in shown
    assert as_sun.post(page(own, "release")).status_code == 403
    own.refresh_from_db()
    assert own.state == FeedState.HELD
    as_zhou.post(page(own, "release"))
    assert read(own).state == FeedState.APPLIED


def test_one_that_is_too_old_by_now_is_not_released(as_sun: Client, northern: Carrier, held: Feed) -> None:
    take_in(northern, rows(99))
    answer = as_sun.post(page(held, "release"), follow=True)
    assert "older than what is there" in answer.content.decode()
    held.refresh_from_db()
    assert held.state == FeedState.HELD


@pytest.mark.parametrize("what", ["release", "discard"])
def test_a_get_decides_nothing(as_sun: Client, held: Feed, what: str) -> None:
    assert as_sun.get(page(held, what)).status_code == 404
    held.refresh_from_db()
    assert held.state == FeedState.HELD


def test_s14_another_carriers_feed_is_as_if_it_were_not(eastern: Carrier, as_eli: Client, held: Feed) -> None:
    as_her = sign_in(Client(), make_clerk(eastern, "su@eastern.example", "Su", role="supervisor"))
    Feed.objects.filter(pk=held.pk).update(rejected=1, rejects_file=f"{held.pk}.csv")
    for client in (as_her, as_eli):
        assert [client.get(page(held, what)).status_code for what in ("change", "rejects")] == [404, 404]
        assert [client.post(page(held, what)).status_code for what in ("release", "discard")] == [404, 404]
        assert str(held.pk) not in client.get(LIST).content.decode()
    held.refresh_from_db()
    assert held.state == FeedState.HELD


# What PostgreSQL itself refuses ---------------------------------------------------------------------------------------


def as_console(carrier: Carrier) -> None:
    enter_console(carrier.pk, every_carrier=False)


@pytest.mark.parametrize("state", [FeedState.APPLIED, FeedState.READING, FeedState.FAILED])
def test_the_console_role_puts_no_feed_into_another_state(northern: Carrier, held: Feed, state: FeedState) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        as_console(northern)
        Feed.objects.filter(pk=held.pk).update(state=state)


def test_the_console_role_touches_no_feed_that_was_applied_and_no_other_column(northern: Carrier, held: Feed) -> None:
    with transaction.atomic():
        as_console(northern)
        assert not Feed.objects.filter(state=FeedState.APPLIED).update(state=FeedState.DISCARDED)
        assert not Feed.objects.filter(state=FeedState.APPLIED).update(released_by=None)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        as_console(northern)
        Feed.objects.filter(pk=held.pk).update(digest=b"")


def test_the_console_role_delivers_for_its_own_carrier_only(northern: Carrier, eastern: Carrier) -> None:
    columns = {
        "kind": "delta",
        "as_of": timezone.now(),
        "received_at": timezone.now(),
        "digest": b"",
        "came_by": CameBy.CONSOLE,
        "state": FeedState.RECEIVED,
    }
    wrong = [{"carrier": eastern}, {"state": FeedState.APPLIED}, {"came_by": CameBy.COMMAND}]
    for change in wrong:
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            as_console(northern)
            Feed.objects.create(**{"carrier": northern} | columns | change)
    with transaction.atomic():
        as_console(northern)
        Feed.objects.create(carrier=northern, **columns)
    assert Feed.objects.get().carrier == northern


def test_the_console_role_knows_no_token(northern: Carrier) -> None:
    System(northern)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        as_console(northern)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM carriers_deliverytoken")


def test_what_a_killed_process_left_is_swept(as_ning: Client, feeds_folder: Path) -> None:
    as_ning.post(DELIVER, form())
    (kept,) = spooled()
    half = spool.folder() / "11111111-1111-4111-8111-111111111111.part"
    orphan = spool.folder() / "22222222-2222-4222-8222-222222222222"
    young = spool.folder() / "33333333-3333-4333-8333-333333333333.part"
    for path in (half, orphan, young):
        path.write_bytes(b"x")
    long_ago = timezone.now().timestamp() - spool.STALE_SECONDS - 5
    for path in (half, orphan, kept):
        os.utime(path, (long_ago, long_ago))
    deliveries.tidy()
    assert spooled() == sorted([kept, young])
