"""``manage.py issue_activation_codes SCHEME FILE``: activation codes for a list of identity documents.

Reads one ID number a line and writes CSV: line, code, expires. Numbers pass through and are kept nowhere; nothing that
this command says repeats one. All or nothing: no code counts before the whole list was written out.
"""

import contextlib
import csv
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from lookups.identity import services
from lookups.jurisdictions import rules, schemes

LONGEST_LINE = 1000
REASONS = {
    "too_soon": "a code was issued less than 24 hours ago",
    "too_many": "4 codes were issued within 30 days",
    "has_account": "this document has an account already",
}


class Command(BaseCommand):
    help = "Issue activation codes for the ID numbers in FILE (one a line, UTF-8), as CSV: line, code, expires."

    def add_arguments(self, parser: ArgumentParser) -> None:
        known = ", ".join(scheme.code for scheme in rules.current().id_schemes)
        parser.add_argument("scheme", help=f"kind of identity document: {known}")
        parser.add_argument("file", help="ID numbers, one a line; - reads standard input")
        parser.add_argument("--output", type=Path, help="a new file for the codes (mode 0600), not standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        scheme: str = options["scheme"]
        try:
            schemes.get(scheme)
        except schemes.InvalidIdNumber as error:
            raise CommandError(f"{error} Known: {', '.join(s.code for s in rules.current().id_schemes)}.") from None
        lines = self._read(options["file"])
        issued = rejected = 0
        with self._output(options["output"]) as output, transaction.atomic():
            writer = csv.writer(output, lineterminator="\n")
            writer.writerow(["line", "code", "expires"])
            for number, text in enumerate(lines, start=1):
                if not text.strip():
                    continue
                try:
                    code = services.issue_code(schemes.subject_of(scheme, text.strip()), scheme=scheme)
                except (schemes.InvalidIdNumber, services.IssuingRefused) as error:
                    rejected += 1
                    why = REASONS[error.reason] if isinstance(error, services.IssuingRefused) else str(error)
                    self.stderr.write(f"line {number}: {why}")
                else:
                    issued += 1
                    writer.writerow([number, code, services.code_expiry().date().isoformat()])
            output.flush()
        self.stderr.write(f"{issued} codes issued, {rejected} lines rejected.")

    def _read(self, name: str) -> list[str]:
        try:
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}.") from None
        try:
            lines = raw.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise CommandError(f"The list is not UTF-8 text (line {line}). Nothing was issued.") from None
        return [line[:LONGEST_LINE] for line in lines]

    @contextlib.contextmanager
    def _output(self, path: Path | None) -> Iterator[IO[str]]:
        """Standard output, or a new file that is gone again if anything fails."""
        if path is None:
            yield self.stdout  # type: ignore[misc]
            return
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise CommandError(f"{path} exists already. It was left as it is.") from None
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                yield file
        except BaseException:
            path.unlink(missing_ok=True)
            raise
