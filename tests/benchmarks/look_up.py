"""The look-up: one indexed query however many carriers and registrations.

Its time with 10,000,000 registrations beside that with 100,000 (people chosen at random, the same connection, in
turns), and its rate through Django beside pgbench's for the same SQL. Also a person with 21,200 lines, and what
PostgreSQL plans.
"""

import argparse
import os
import random
import re
import statistics
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

from django.conf import settings
from django.db import connection, connections

from lookups.registry import services
from tests.benchmarks import ground

NAME = "look_up"
FEW = 100_000
_SECONDS = 5


def run(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog=NAME)
    parser.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_ROWS", "1000000")))
    parser.add_argument("--samples", type=int, default=3000)
    chosen = parser.parse_args(arguments)
    ground.make_ready()
    ground.fill(0, FEW - 1)
    few = _median_ms(FEW, chosen.samples)
    ground.fill(FEW, chosen.rows - 1)
    _median_ms(chosen.rows, chosen.samples)  # the pages of the index are in memory afterwards, as they were before
    many = _median_ms(chosen.rows, chosen.samples)
    print(f"one look-up, {FEW:,} registrations: {few:.3f} ms; {chosen.rows:,}: {many:.3f} ms: × {many / few:.2f}")
    _beside_pgbench(chosen.rows)
    _explain(ground.person(7))


def _subjects(rows: int, count: int) -> list[uuid.UUID]:
    dice = random.Random(5)
    with connections["owner"].cursor() as cursor:
        numbers = [dice.randrange(rows // ground.LINES_EACH) for _ in range(count)]
        cursor.execute("SELECT md5('p' || number)::uuid FROM unnest(%s::bigint[]) number", [numbers])
        return [uuid.UUID(str(subject)) for (subject,) in cursor.fetchall()]


def _median_ms(rows: int, samples: int) -> float:
    taken = []
    for subject in _subjects(rows, samples):
        begun = time.perf_counter()
        found = list(services.registrations_of([subject]).values_list("id", "status"))
        taken.append(time.perf_counter() - begun)
        assert len(found) == ground.LINES_EACH
    return statistics.median(taken) * 1000


def _sql(subject: str) -> str:
    """The look-up's SQL as Django sends it, with another subject."""
    query = services.registrations_of([uuid.UUID(int=0)])
    with connection.cursor() as cursor:
        text = cursor.mogrify(*query.query.sql_with_params())
    return re.sub(r"'[0-]{32,36}'(::uuid)?", subject, str(text))


def _beside_pgbench(rows: int) -> None:
    """Both one connection, the rows fetched; ours as rows of the driver, since pgbench makes no objects either."""
    with tempfile.TemporaryDirectory(dir=settings.VAR) as folder:
        script = Path(folder) / "look_up.sql"
        last = rows // ground.LINES_EACH - 1
        people = "md5('p' || :person)::uuid"
        script.write_text(f"\\set person random(0, {last})\n{_sql(people)};\n")
        subjects = _subjects(rows, 200_000)
        sql = _sql("%s")
        rates: dict[str, list[float]] = {"ours": [], "pgbench": []}
        for _round in range(3):
            rates["ours"].append(_our_rate(sql, subjects))
            rates["pgbench"].append(_pgbench_rate(script))
    ours, theirs = (statistics.median(rates[name]) for name in ("ours", "pgbench"))
    shown = {name: [round(rate) for rate in found] for name, found in rates.items()}
    print(f"look-ups per second on one connection: {shown}: × {ours / theirs:.2f} of pgbench")


def _our_rate(sql: str, subjects: list[uuid.UUID]) -> float:
    done = 0
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        while time.perf_counter() - begun < _SECONDS:
            cursor.execute(sql, [subjects[done % len(subjects)]])
            cursor.fetchall()
            done += 1
    return done / (time.perf_counter() - begun)


def _pgbench_rate(script: Path) -> float:
    words = ["--no-vacuum", "--client=1", "--jobs=1", f"--time={_SECONDS}", f"--file={script}"]
    told = subprocess.run(
        [ground.program("pgbench"), *words],
        env=ground.postgres_environment("default"), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"tps = ([0-9.]+)", told.stdout)
    assert found, told.stdout
    return float(found[1])


def _explain(subject: uuid.UUID) -> None:
    print("EXPLAIN of the look-up, two documents of one person:")
    print(services.registrations_of([subject, ground.person(8)]).explain(analyze=True, buffers=True))
