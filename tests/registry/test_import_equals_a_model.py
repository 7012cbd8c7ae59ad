"""Whatever sequence of feeds arrives, the records are what a simple model in Python says."""

import itertools
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookups.carriers.models import Carrier
from lookups.jurisdictions import rules, working_days
from lookups.registry.models import Registration, RegistrationChange
from tests.cast import MEIS_ID, WEIS_ID, WEIS_NUMBER, make_carrier
from tests.registry.conftest import MEIS_NUMBER, row, take_in

pytestmark = pytest.mark.django_db
KEYS = list(itertools.product((WEIS_ID, MEIS_ID), (WEIS_NUMBER, MEIS_NUMBER)))
Facts = tuple[str, str, str]
Key = tuple[str, str]
ENDED_ON = "2026-11-05"

facts = st.tuples(st.sampled_from(["mobile", "data"]), st.sampled_from(["active", "suspended", "ended", "wrong"]))
lines = st.tuples(st.sampled_from(KEYS), facts)
feeds = st.tuples(st.sampled_from(["snapshot", "delta"]), st.lists(lines, min_size=1, max_size=6))
_codes = itertools.count()


def _row(key: Key, service: str, status: str) -> dict[str, str]:
    ended = ENDED_ON if status == "ended" else ""
    return row(id_number=key[0], phone_number=key[1], service=service, status=status, ended_on=ended)


def _model(
    known: dict[Key, Facts], kind: str, feed: list[tuple[Key, tuple[str, str]]], today: str
) -> list[tuple[str, Key]] | None:
    """Applies one feed to ``known``; the changes, or None where the feed has to be refused."""
    told: dict[Key, Facts] = {}
    for key, (service, status) in feed:
        if status != "wrong":
            told.setdefault(key, (service, status, ENDED_ON if status == "ended" else ""))
    if not told:
        return None
    changes: list[tuple[str, Key]] = []
    for key, new in told.items():
        old = known.get(key)
        if old is None:
            changes.append(("started", key))
        elif old != new:
            was, is_now = old[1] == "ended", new[1] == "ended"
            changes.append(("returned" if was and not is_now else "ended" if is_now and not was else "changed", key))
        known[key] = new
    if kind == "snapshot":
        for key in known.keys() - {key for key, _ in feed}:
            if known[key][1] != "ended":
                known[key] = (known[key][0], "ended", today)
                changes.append(("missing", key))
    return changes


def _held(carrier: Carrier) -> dict[Any, Facts]:
    return {
        each.pk: (each.service, each.status, each.ended_on.isoformat() if each.ended_on else "")
        for each in carrier.registrations.all()
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(feeds, min_size=1, max_size=6))
def test_any_sequence_of_feeds(var: Any, sequence: list[tuple[str, list[tuple[Key, tuple[str, str]]]]]) -> None:
    carrier = make_carrier(f"model-{next(_codes)}", "Model")
    known: dict[Key, Facts] = {}
    applied = 0
    for kind, feed in sequence:
        moment = timezone.now()
        today = working_days.local_day(moment, rules.current()).isoformat()
        content = [_row(key, *each) for key, each in feed]
        expected = _model(known, kind, feed, today)
        if expected is None:
            with pytest.raises(Exception, match="Not one line"):
                take_in(carrier, content, kind, as_of=moment)
            continue
        imported = take_in(carrier, content, kind, as_of=moment)
        ids = {registration.pk: registration for registration in carrier.registrations.all()}
        by_key = {(each.subject, each.number): each.pk for each in ids.values()}
        assert len(by_key) == len(known)
        assert sorted(_held(carrier).values()) == sorted(known.values())
        found = RegistrationChange.objects.filter(feed=imported.feed)
        assert sorted(found.values_list("kind", flat=True)) == ([] if applied == 0 else sorted(k for k, _ in expected))
        counts = imported.feed
        assert counts.started + counts.changed + counts.ended == len(expected)
        applied += 1
    assert Registration.objects.filter(carrier=carrier).count() == len(known)
