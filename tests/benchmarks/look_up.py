"""The look-up: one indexed query however many carriers and registrations.

Its time with very many registrations (``--rows``, say 10,000,000) beside that with 100,000 (people at random, the
same connection, in turns), its rate through psycopg beside pgbench's for the same SQL, and what PostgreSQL plans.
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

from lookups.overview.numbers import first_page
from lookups.registry.prepared import Place
from tests.benchmarks import ground

NAME = "look_up"
FEW = 100_000
_SECONDS = 5
_ROUNDS = 6

# A table of few registrations beside the one of very many, so that both are measured in turns.
_SMALL_TABLE = f"""
DROP SCHEMA IF EXISTS few CASCADE;
CREATE SCHEMA few;
CREATE TABLE few.registry_registration (LIKE registry_registration INCLUDING ALL);
INSERT INTO few.registry_registration SELECT * FROM registry_registration
    WHERE subject IN (SELECT md5('p' || number)::uuid FROM generate_series(0, {FEW // ground.LINES_EACH - 1}) number)
    ORDER BY id;
GRANT USAGE ON SCHEMA few TO portal;
GRANT SELECT ON few.registry_registration TO portal;
ANALYZE few.registry_registration;
"""


def run(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog=NAME)
    parser.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_ROWS", "1000000")))
    parser.add_argument("--samples", type=int, default=1000)
    chosen = parser.parse_args(arguments)
    ground.make_ready()
    ground.fill(0, chosen.rows - 1)
    with connections["owner"].cursor() as cursor:
        cursor.execute(_SMALL_TABLE)
    _one_look_up(chosen.rows, chosen.samples)
    _beside_pgbench(chosen.rows)
    _explain(chosen.rows)


def _one_look_up(rows: int, samples: int) -> None:
    """Medians of each round, the first of which brings both indexes into memory and does not count."""
    tables = {"few, public": FEW, "public": rows}
    taken: dict[str, list[float]] = {path: [] for path in tables}
    for _round in range(_ROUNDS + 1):
        for path, held in tables.items():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('search_path', %s, false)", [path])
            taken[path].append(_median_ms(_subjects(held, samples)))
    few, many = (statistics.median(taken[path][1:]) for path in tables)
    print(f"one look-up, {FEW:,} registrations: {few:.3f} ms; {rows:,}: {many:.3f} ms: × {many / few:.2f}")


def _subjects(rows: int, count: int) -> list[uuid.UUID]:
    dice = random.Random(5)
    with connections["owner"].cursor() as cursor:
        numbers = [dice.randrange(rows // ground.LINES_EACH) for _ in range(count)]
        cursor.execute("SELECT md5('p' || number)::uuid FROM unnest(%s::bigint[]) number", [numbers])
        return [uuid.UUID(str(subject)) for (subject,) in cursor.fetchall()]


def _median_ms(subjects: list[uuid.UUID]) -> float:
    taken = []
    for subject in subjects:
        begun = time.perf_counter()
        found = first_page(subject)
        taken.append(time.perf_counter() - begun)
        assert len(found) == ground.LINES_EACH
    return statistics.median(taken) * 1000


def _beside_pgbench(rows: int) -> None:
    """Both one connection, the rows fetched; ours as rows of the driver, since pgbench makes no objects either."""
    with tempfile.TemporaryDirectory(dir=settings.VAR) as folder:
        script = Path(folder) / "look_up.sql"
        last = rows // ground.LINES_EACH - 1
        sql = _sql("md5('p' || :person)::uuid")
        script.write_text(f"\\set person random(0, {last})\n{sql};\n")
        subjects = _subjects(rows, 200_000)
        rates: dict[str, list[float]] = {"ours": [], "pgbench": [], "pgbench, prepared": []}
        for _round in range(3):
            rates["ours"].append(_our_rate(subjects))
            rates["pgbench"].append(_pgbench_rate(script))
            rates["pgbench, prepared"].append(_pgbench_rate(script, "--protocol=prepared"))
    ours, theirs, prepared = (statistics.median(found) for found in rates.values())
    shown = {name: [round(rate) for rate in found] for name, found in rates.items()}
    print(f"look-ups per second on one connection: {shown}")
    print(
        f"of pgbench's: × {ours / theirs:.2f}; where pgbench prepares its statement as we do: × {ours / prepared:.2f}"
    )


def _sql(*values: str) -> str:
    """The look-up's statement with these expressions in place of its values."""
    statement = first_page.statement(len(values))
    with connection.cursor() as cursor:
        written = [
            values[one.number] if isinstance(one, Place) else cursor.mogrify("%s", [one]) for one in statement.params
        ]
    return statement.sql % tuple(written)


def _our_rate(subjects: list[uuid.UUID]) -> float:
    statement = first_page.statement(1)
    done = 0
    begun = time.perf_counter()
    while time.perf_counter() - begun < _SECONDS:
        statement.rows((subjects[done % len(subjects)],))
        done += 1
    return done / (time.perf_counter() - begun)


def _pgbench_rate(script: Path, *more: str) -> float:
    words = ["--no-vacuum", "--client=1", "--jobs=1", f"--time={_SECONDS}", f"--file={script}", *more]
    told = subprocess.run(
        [ground.program("pgbench"), *words],
        env=ground.postgres_environment("default"), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"tps = ([0-9.]+)", told.stdout)
    assert found, told.stdout
    return float(found[1])


def _explain(rows: int) -> None:
    print("EXPLAIN of the look-up, two documents of one person:")
    mine, other = _subjects(rows, 2)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + _sql(f"'{mine}'", f"'{other}'"))
        print("\n".join(line for (line,) in cursor.fetchall()))
