"""``import_registrations`` beside django-import-export, on the same lines.

The library gets the easier work: it takes the lines as they are into a plain table, unchecked and unsealed, in a
process that runs already. Once as its documentation begins (row by row), once in its fastest way (bulk, and no look
whether a row is there already).
"""

import argparse
import itertools
import os
import tempfile
import time
from pathlib import Path

import tablib
from django.conf import settings
from django.db import connections, models
from import_export import resources

from lookups.demo.generator import write_feed
from lookups.registry.models import Registration
from tests.benchmarks import ground

NAME = "import_export"


class PlainRow(models.Model):
    """A line as it stands in the file."""

    id_scheme = models.TextField()
    id_number = models.TextField()
    phone_number = models.TextField()
    service = models.TextField()
    plan = models.TextField()
    status = models.TextField()
    activated_on = models.TextField()
    ended_on = models.TextField()
    channel = models.TextField()
    outlet_district = models.TextField()
    identity_check = models.TextField()
    identity_checked_on = models.TextField()

    class Meta:
        app_label = "registry"  # the library asks for an installed one
        db_table = "plain_row"
        unique_together = (("phone_number", "id_number"),)

    def __str__(self) -> str:
        return self.service


class RowByRow(resources.ModelResource):
    class Meta:
        model = PlainRow
        import_id_fields = ("phone_number", "id_number")
        exclude = ("id",)


class Bulk(RowByRow):
    class Meta(RowByRow.Meta):
        use_bulk = True
        batch_size = 1000
        skip_diff = True
        skip_html_diff = True
        force_init_instance = True


def run(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog=NAME)
    parser.add_argument("--lines", type=int, default=int(os.environ.get("BENCH_LINES", "100000")))
    parser.add_argument("--their-lines", type=int, default=2000, help="the first so many of the same lines, for them")
    chosen = parser.parse_args(arguments)
    ground.make_ready()
    with tempfile.TemporaryDirectory(dir=settings.VAR) as folder:
        file = Path(folder) / "feed.csv"
        with file.open("wb") as stream:
            write_feed(stream, lines=chosen.lines, people=chosen.lines * 3 // 10, seed=4)
        words = ["import_registrations", "bench", str(file), "--snapshot"]
        ours, _ = ground.run_measured(["manage.py", *words])
        print(
            f"import_registrations: {chosen.lines:,} lines in {ours:.2f} s ({chosen.lines / ours:,.0f}/s)", flush=True
        )
        assert Registration.objects.filter(carrier__code="bench").count() == chosen.lines
        for name, resource in (("row by row", RowByRow), ("bulk", Bulk)):
            _theirs(name, resource, _start_of(file, chosen.their_lines), chosen.lines / ours)


def _start_of(file: Path, lines: int) -> tablib.Dataset:
    with file.open() as stream:
        return tablib.Dataset().load("".join(itertools.islice(stream, 1 + lines)), format="csv")


def _theirs(name: str, resource: type[resources.ModelResource], rows: tablib.Dataset, our_rate: float) -> None:
    with connections["owner"].schema_editor() as editor:
        editor.execute("DROP TABLE IF EXISTS plain_row")
        editor.create_model(PlainRow)
    with connections["owner"].cursor() as cursor:
        cursor.execute("GRANT ALL ON plain_row TO portal; GRANT ALL ON SEQUENCE plain_row_id_seq TO portal")
    begun = time.perf_counter()
    result = resource().import_data(rows, raise_errors=True)
    rate = len(rows) / (time.perf_counter() - begun)
    assert result.totals["new"] == len(rows)
    print(
        f"django-import-export, {name}: {len(rows):,} lines, {rate:,.0f}/s: we are {our_rate / rate:.1f} times as fast"
    )
