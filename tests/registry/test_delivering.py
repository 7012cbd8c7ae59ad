"""A carrier's system delivers its feeds by PUT, and asks what became of them."""

import base64
import hashlib
import os

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from lookups.carriers import tokens
from lookups.carriers.models import Carrier, DeliveryToken
from lookups.registry import deliveries
from lookups.registry.models import Feed, FeedState, Registration
from tests.cast import WEIS_ID, WEIS_NUMBER
from tests.registry.conftest import csv_of, mei, packed, row, zipped
from tests.registry.delivering import System, mode, moment, read, spooled

pytestmark = pytest.mark.django_db(transaction=True)
FILE = csv_of(row(), mei(), mei(plan="gold"))


@pytest.fixture
def system(northern: Carrier) -> System:
    return System(northern)


def test_from_the_put_to_the_records(system: System) -> None:
    answer = system.put(FILE)
    assert answer.status_code == 202
    told = system.get(answer["Location"]).json()
    assert (told["state"], told["settled"], told["size"]) == ("received", False, len(FILE))
    assert not Registration.objects.exists()

    read(Feed.objects.get())
    told = system.get(answer["Location"]).json()
    assert (told["state"], told["settled"], told["problem"]) == ("applied", True, None)
    assert told["counts"] == {"lines": 3, "rejected": 1, "started": 2, "changed": 0, "ended": 0, "unchanged": 0}
    rejects = system.get(told["links"]["rejects"])
    assert b"".join(rejects) == b"line,column,reason\n4,plan,unknown_value\n"
    assert rejects["Content-Disposition"].startswith("attachment; ")
    assert Registration.objects.count() == 2
    assert spooled() == []


def test_what_waits_is_sealed_and_nobody_elses_to_read(system: System) -> None:
    system.put(FILE)
    (kept,) = spooled()
    assert mode(kept) == 0o600
    assert mode(kept.parent) == 0o700
    blob = kept.read_bytes()
    assert not any(value in blob for value in (WEIS_ID.encode(), WEIS_NUMBER.encode()[1:], b"id_scheme", b"Liuzhou"))


@pytest.mark.parametrize("pack", [bytes, zipped, packed])
def test_it_is_told_by_its_content_what_it_is(system: System, pack) -> None:
    feed = read(system.delivered(pack(FILE), content_type="application/octet-stream"))
    assert (feed.state, feed.started) == (FeedState.APPLIED, 2)
    assert bytes(feed.digest) == hashlib.sha256(pack(FILE)).digest()


def test_the_same_file_again_is_recognised_while_it_waits_and_afterwards(system: System) -> None:
    as_of = moment()
    first = system.put(FILE, as_of=as_of)
    for _ in range(2):
        again = system.put(FILE, as_of=as_of)
        assert (again.status_code, again["Location"]) == (200, first["Location"])
        assert again.json()["id"] == first.json()["id"]
        read(Feed.objects.get())
    assert Feed.objects.get().state == FeedState.APPLIED
    assert spooled() == []


def test_what_failed_may_be_delivered_once_more(system: System) -> None:
    as_of = moment()
    assert read(system.delivered(b"nonsense\n", as_of=as_of)).state == FeedState.FAILED
    assert system.put(b"nonsense\n", as_of=as_of).status_code == 202


def test_two_deliveries_of_one_file_at_once_are_applied_once(system: System) -> None:
    as_of = moment()
    first = system.delivered(FILE, as_of=as_of)
    Feed.objects.update(digest=os.urandom(32))  # as if it had not been there yet
    second = system.delivered(FILE, as_of=as_of)
    read(first)
    read(second)
    assert (first.state, read(second).state) == (FeedState.APPLIED, FeedState.DISCARDED)
    assert second.problem == "The very same file was applied before."
    assert spooled() == []


def test_feeds_are_read_in_the_order_of_their_arrival(system: System) -> None:
    older = system.delivered(csv_of(row()), as_of=moment(hours_ago=3))
    newer = system.delivered(csv_of(row(plan="postpaid")), as_of=moment(hours_ago=2))
    read(newer)
    older.refresh_from_db()
    assert (older.state, newer.state) == (FeedState.APPLIED, FeedState.RECEIVED)
    assert read(newer).changed == 1


def test_an_older_one_is_refused(system: System) -> None:
    read(system.delivered(csv_of(row()), as_of=moment(hours_ago=1)))
    late = read(system.delivered(csv_of(mei()), as_of=moment(hours_ago=2)))
    assert late.state == FeedState.FAILED
    assert "older than what is there" in late.problem
    assert spooled() == []


@pytest.mark.parametrize("name", ["content-digest", "repr-digest"])
def test_a_digest_that_is_given_is_checked(system: System, name: str) -> None:
    def digest(content: bytes) -> str:
        return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"

    wrong = system.put(FILE, **{name: digest(FILE[1:])})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "cut_short")
    failed = Feed.objects.get()
    assert (failed.state, spooled()) == (FeedState.FAILED, [])
    right = system.put(FILE, **{name: digest(FILE)})
    assert right.status_code == 202
    assert right.json()["digest"] == digest(FILE)
    assert system.put(FILE, **{name: f"sha-512=:AAAA:, {digest(FILE)}"}).status_code == 202


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({"kind": "everything"}, 404, "unknown_kind"),
        ({"as_of": "yesterday"}, 422, "bad_as_of"),
        ({"as_of": "2026-13-01"}, 422, "bad_as_of"),
        ({"as_of": "2099-01-01T00:00:00Z"}, 422, "bad_as_of"),
        ({"content_type": "application/json"}, 415, "bad_type"),
        ({"content_type": "multipart/form-data; boundary=x"}, 415, "bad_type"),
        ({"content_encoding": "gzip"}, 415, "bad_type"),
        ({"content_digest": "sha-256=abc"}, 400, "bad_digest"),
        ({"content_digest": "sha-256=:AAAA:"}, 400, "bad_digest"),
        ({"authorization": ""}, 401, "bad_token"),
        ({"authorization": "Bearer feeds_x"}, 401, "bad_token"),
        ({"authorization": "Bearer \u00e9"}, 401, "bad_token"),
        ({"authorization": f"Bearer feeds_{'x' * 10_000}"}, 401, "bad_token"),
    ],
)
def test_what_is_refused_before_the_body(system: System, how: dict[str, str], status: int, code: str) -> None:
    answer = system.put(FILE, **how)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert not Feed.objects.exists()
    assert spooled() == []


def test_a_file_that_is_too_large_is_refused(system: System, settings: Settings) -> None:
    settings.FEED_MAX_BYTES = len(FILE) - 1
    assert system.put(FILE).status_code == 413
    settings.FEED_MAX_BYTES = len(FILE)
    assert system.put(FILE).status_code == 202


def test_a_body_without_a_length_is_refused(system: System) -> None:
    answer = system.put(FILE, content_length="")
    assert (answer.status_code, Feed.objects.count()) == (411, 0)


def test_s14_another_carriers_feed_is_as_if_it_were_not(system: System, western: Carrier) -> None:
    feed = read(system.delivered(FILE))
    other = System(western)
    for name in ("feed", "rejects"):
        nothing = other.get(reverse(f"registry:{name}", args=["00000000-0000-4000-8000-000000000000"]))
        foreign = other.get(reverse(f"registry:{name}", args=[feed.pk]))
        assert (foreign.status_code, foreign.content) == (nothing.status_code, nothing.content)
        assert foreign.status_code == 404
    assert read(other.delivered(FILE)).carrier == western
    assert set(Registration.objects.values_list("carrier__code", flat=True)) == {"northern", "western"}


def test_only_the_hash_of_a_token_is_kept(system: System) -> None:
    kept = DeliveryToken.objects.get()
    assert system.token.encode() not in bytes(kept.current)
    assert len(bytes(kept.current)) == 32
    assert len(base64.urlsafe_b64decode(system.token.removeprefix(tokens.PREFIX) + "=")) == 32


def test_a_renewed_token_ends_the_one_before_and_a_rotated_one_lets_it_live(system: System) -> None:
    first = system.token
    second = tokens.renew(system.carrier, keep_present=True)
    assert [tokens.carrier_of(f"Bearer {one}") for one in (first, second)] == [system.carrier] * 2
    third = tokens.renew(system.carrier)
    assert [tokens.carrier_of(f"Bearer {one}") for one in (first, second, third)] == [None, None, system.carrier]
    assert tokens.withdraw(system.carrier)
    assert tokens.carrier_of(f"Bearer {third}") is None


def test_a_carrier_that_is_not_active_delivers_nothing(system: System) -> None:
    Carrier.objects.update(is_active=False)
    assert system.put(FILE).status_code == 401
    assert not Feed.objects.exists()


def test_no_session_opens_the_interface(as_ning: Client, system: System) -> None:
    feed = system.delivered(FILE)
    assert as_ning.get(reverse("registry:feed", args=[feed.pk])).status_code == 401


def test_a_repeated_doorbell_does_nothing(system: System) -> None:
    feed = read(system.delivered(FILE))
    deliveries.take_in(feed.pk)
    assert (Feed.objects.get().attempts, Registration.objects.count()) == (1, 2)
