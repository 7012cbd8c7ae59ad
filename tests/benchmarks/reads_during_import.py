"""The numbers page while a national feed comes in: its slowest answers (p99) with an import running, and without.

Few readers, at a steady pace: what is measured is whether a citizen waits, not how much the machine can do.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from django.conf import settings

from lookups.demo.generator import write_feed
from tests.benchmarks import ground
from tests.benchmarks.numbers_page import PEOPLE, sealed_rows, web

NAME = "reads_during_import"


def run(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog=NAME)
    parser.add_argument("--lines", type=int, default=int(os.environ.get("BENCH_LINES", "1000000")))
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--pace", type=float, default=10, help="requests per second")
    chosen = parser.parse_args(arguments)
    ground.make_ready()
    ground.fill(1, 200_000)
    people = [uuid.uuid4() for _ in range(PEOPLE)]
    for subject in people:
        sealed_rows(subject, ground.LINES_EACH)
    cookies = [ground.cookies_of(ground.citizen(subject)) for subject in people]
    with tempfile.TemporaryDirectory(dir=settings.VAR) as folder, web("portal.wsgi:application") as port:
        file = Path(folder) / "feed.csv"
        with file.open("wb") as stream:
            write_feed(stream, lines=chosen.lines, people=chosen.lines * 3 // 10, seed=6)
        ground.Load(port, "/numbers/", cookies, readers=2).run(3)
        quiet = _read(port, cookies, chosen.seconds, chosen.pace, "without an import")
        words = [sys.executable, "manage.py", "import_registrations", "bench", str(file), "--snapshot"]
        importing = subprocess.Popen(words, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL)
        busy = ground.Load(port, "/numbers/", cookies, readers=2, pace=chosen.pace)
        busy.run(3600, until=lambda: importing.poll() is not None)
        _show("while it runs", busy)
        after = _read(port, cookies, chosen.seconds, chosen.pace, "after it")
    assert importing.returncode == 0
    calm = max(quiet, after)
    print(
        f"p99 during the import × {busy.percentile(0.99) / quiet:.2f} of before, × {busy.percentile(0.99) / calm:.2f}"
        " of the worse of before and after"
    )


def _read(port: int, cookies: list[str], seconds: float, pace: float, what: str) -> float:
    load = ground.Load(port, "/numbers/", cookies, readers=2, pace=pace).run(seconds)
    _show(what, load)
    return load.percentile(0.99)


def _show(what: str, load: ground.Load) -> None:
    print(
        f"{what:<20} {len(load.seconds):6,} pages, median {load.percentile(0.5):6.1f} ms,"
        f" p99 {load.percentile(0.99):6.1f} ms, longest {load.percentile(1):6.1f} ms",
        flush=True,
    )
