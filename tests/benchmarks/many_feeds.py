"""A carrier with a hundred feeds a day: how long each takes beside the records of a country.

Deltas of one line and of a thousand, and full snapshots of a small carrier, with other carriers' records around them.
"""

import argparse
import datetime
import io
import statistics
import time

from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.demo.generator import write_feed
from lookups.registry import importing
from lookups.registry.models import FeedKind, FeedState
from tests.benchmarks import ground

NAME = "many_feeds"
SMALL = 1000


def run(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog=NAME)
    parser.add_argument("--rows", type=int, default=1_000_000, help="registrations of other carriers")
    parser.add_argument("--held", type=int, default=100_000, help="registrations of the carrier itself")
    parser.add_argument("--feeds", type=int, default=100)
    chosen = parser.parse_args(arguments)
    ground.make_ready()
    ground.fill(0, chosen.rows - 1)
    carrier, small = (Carrier.objects.get(code=code) for code in ("bench", "other"))
    day = timezone.now() - datetime.timedelta(days=1)
    _take_in(carrier, _feed(chosen.held, seed=1), FeedKind.SNAPSHOT, day)
    moments = [day + datetime.timedelta(minutes=13 * number) for number in range(1, chosen.feeds + 1)]
    one = [_take_in(carrier, _feed(1, seed=100 + at), FeedKind.DELTA, moment) for at, moment in enumerate(moments)]
    later = [moments[-1] + datetime.timedelta(minutes=5 * number) for number in range(1, 11)]
    more = [_take_in(carrier, _feed(SMALL, seed=500 + at), FeedKind.DELTA, moment) for at, moment in enumerate(later)]
    listed = _feed(SMALL, seed=900, carrier="western")
    full = [
        _take_in(small, listed.replace(b",prepaid,", b",postpaid,", at), FeedKind.SNAPSHOT, moment)
        for at, moment in enumerate(moments[:11])
    ][1:]  # the first has nothing to compare
    print(f"{chosen.rows:,} registrations of others, {chosen.held:,} of the carrier")
    for what, taken in (
        (f"{len(one)} deltas of one line", one),
        (f"{len(more)} deltas of {SMALL:,} lines", more),
        (f"{len(full)} snapshots of a carrier with {SMALL:,}", full),
    ):
        print(f"{what:<44} median {statistics.median(taken):6.3f} s, longest {max(taken):6.3f} s")


def _feed(lines: int, *, seed: int, carrier: str = "northern") -> bytes:
    file = io.BytesIO()
    write_feed(file, lines=lines, people=max(1, lines * 3 // 10), seed=seed, carrier=carrier)
    return file.getvalue()


def _take_in(carrier: Carrier, content: bytes, kind: FeedKind, as_of: datetime.datetime) -> float:
    begun = time.perf_counter()
    imported = importing.import_feed(carrier, file=io.BytesIO(content), kind=kind, as_of=as_of)
    taken = time.perf_counter() - begun
    assert imported.feed.state == FeedState.APPLIED
    assert not imported.again
    return taken
