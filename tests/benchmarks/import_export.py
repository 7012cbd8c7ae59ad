"""``import_registrations`` beside django-import-export, on the same lines.

The library gets the easier work: it takes the lines as they are into a plain table, unchecked and unsealed, in a
process that runs already. Once as its documentation begins (row by row), once in its fastest way (bulk, and no look
whether a row is there already).
"""

import argparse
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
    parser.add_argument("--lines", type=int, default=int(os.environ.get("BENCH_LINES", "50000")))
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
            _theirs(name, resource, file, chosen.lines, ours)


def _theirs(name: str, resource: type[resources.ModelResource], file: Path, lines: int, ours: float) -> None:
    with connections["owner"].schema_editor() as editor:
        editor.execute("DROP TABLE IF EXISTS plain_row")
        editor.create_model(PlainRow)
    with connections["owner"].cursor() as cursor:
        cursor.execute("GRANT ALL ON plain_row TO portal; GRANT ALL ON SEQUENCE plain_row_id_seq TO portal")
    begun = time.perf_counter()
    result = resource().import_data(tablib.Dataset().load(file.read_text(), format="csv"), raise_errors=True)
    took = time.perf_counter() - begun
    assert result.totals["new"] == lines
    print(f"django-import-export, {name}: {took:.2f} s ({lines / took:,.0f}/s): we are {took / ours:.1f} times as fast")
