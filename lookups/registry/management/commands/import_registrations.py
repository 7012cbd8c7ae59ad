"""``manage.py import_registrations CARRIER FILE --snapshot|--delta``: take in what a carrier holds."""

import contextlib
import datetime
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TransferSpeedColumn

from lookups.carriers.models import Carrier
from lookups.registry import importing, moments
from lookups.registry.feeds.problems import FeedRefused, Unlikely
from lookups.registry.models import FeedKind


class Command(BaseCommand):
    help = "Take in a carrier's registrations from a CSV file, plain, gzip or zstd. Everything is applied, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("carrier", help="the carrier's code")
        parser.add_argument("file", help="the file; - reads standard input")
        parser.add_argument("--snapshot", action="store_true", help="the file lists everything the carrier holds")
        parser.add_argument("--delta", action="store_true", help="the file lists what is new or changed")
        parser.add_argument(
            "--as-of", metavar="T", help="the moment whose state the file describes (ISO 8601); default: now"
        )
        parser.add_argument("--rejects", metavar="FILE", type=Path, help="where to list lines that are not taken")
        parser.add_argument(
            "--force", action="store_true", help="take a snapshot although it rejects or ends unusually much"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["snapshot"] == options["delta"]:
            raise CommandError(
                _("Say what the file is: --snapshot (everything the carrier holds) or --delta (only what changed).")
            )
        kind = FeedKind.SNAPSHOT if options["snapshot"] else FeedKind.DELTA
        carrier = Carrier.objects.filter(code=options["carrier"]).first()
        if carrier is None:
            raise CommandError(
                _("There is no carrier “%(code)s”. There are: %(codes)s.")
                % {
                    "code": options["carrier"],
                    "codes": ", ".join(Carrier.objects.order_by("code").values_list("code", flat=True)) or "-",
                }
            )
        try:
            with _opened(options["file"]) as (file, size), _progress(size) as progress:
                imported = importing.import_feed(
                    carrier,
                    file=file,
                    kind=kind,
                    as_of=_moment(options["as_of"]),
                    rejects_path=options["rejects"],
                    progress=progress,
                    force=options["force"],
                )
        except FeedRefused as problem:
            hint = _(" If meant, add --force.") if isinstance(problem, Unlikely) and problem.may_be_forced else ""
            raise CommandError(_("%s Nothing was changed.") % f"{problem}{hint}") from None
        self._report(imported)

    def _report(self, imported: importing.Imported) -> None:
        feed = imported.feed
        if imported.again:
            self.stdout.write(
                _("This file was applied already, as of %s. Nothing was changed.")
                % feed.as_of.isoformat(timespec="seconds")
            )
            return
        self.stdout.write(
            _(
                "%(kind)s of %(carrier)s applied, as of %(as_of)s: %(lines)d lines; %(started)d started, %(changed)d"
                " changed, %(ended)d ended, %(unchanged)d unchanged, %(rejected)d rejected."
            )
            % {
                "kind": feed.get_kind_display().capitalize(),
                "carrier": feed.carrier,
                "as_of": feed.as_of.isoformat(timespec="seconds"),
                "lines": feed.lines,
                "started": feed.started,
                "changed": feed.changed,
                "ended": feed.ended,
                "unchanged": feed.unchanged,
                "rejected": feed.rejected,
            }
        )
        if imported.rejects_path:
            self.stdout.write(_("Which lines were rejected, and why: %s") % imported.rejects_path)


def _moment(text: str | None) -> datetime.datetime | None:
    if text is None:
        return None
    moment = moments.read(text)
    if moment is None:
        raise CommandError(_("--as-of is a date or a moment in ISO 8601, for example 2026-11-22T08:00+08:00."))
    return moment


@contextlib.contextmanager
def _opened(name: str) -> Iterator[tuple[IO[bytes], int | None]]:
    if name == "-":
        yield sys.stdin.buffer, None
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - its errors are told apart from those of the import
    except OSError as error:
        raise CommandError(_("%(file)s cannot be read: %(why)s.") % {"file": name, "why": error.strerror}) from None
    with file:
        yield file, Path(name).stat().st_size


@contextlib.contextmanager
def _progress(size: int | None) -> Iterator[importing.Progress]:
    """A bar on standard error, where somebody watches. Drawn by this thread: workers are forked while it is shown."""
    console = Console(stderr=True)
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=console, auto_refresh=False, disable=not console.is_terminal) as bar:
        task = bar.add_task(_("Reading"), total=size)

        def show(position: int) -> None:
            bar.update(task, completed=position, description=_("Merging") if position == size else None, refresh=True)

        yield show
