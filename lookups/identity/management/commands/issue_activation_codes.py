"""``manage.py issue_activation_codes SCHEME FILE``: activation codes for a list of identity documents.

Reads one ID number a line and writes CSV: line, code, expires. With ``--letters`` it reads CSV (id_number, name,
address …) and writes the codes onto paper alone: one PDF, or a folder of them. Numbers, names and addresses pass
through and are kept nowhere; nothing that this command says repeats one. All or nothing: no code counts before the
whole list was written out.
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

from lookups.identity import letter_files, letters, services
from lookups.identity.letter_pdf import Letters
from lookups.jurisdictions import rules, schemes
from lookups.notices.paper import CannotWrite

LONGEST_LINE = 1000
REASONS = {
    "too_soon": "a code was issued less than 24 hours ago",
    "too_many": "4 codes were issued within 30 days",
    "has_account": "this document has an account already",
}


class LetterRefused(Exception):
    """No letter for one line; says why in words that repeat nothing of it."""


class Command(BaseCommand):
    help = "Issue activation codes for the ID numbers in FILE (one a line, UTF-8), as CSV: line, code, expires."

    def add_arguments(self, parser: ArgumentParser) -> None:
        known = ", ".join(scheme.code for scheme in rules.current().id_schemes)
        parser.add_argument("scheme", help=f"kind of identity document: {known}")
        parser.add_argument("file", help="ID numbers, one a line; - reads standard input")
        parser.add_argument(
            "--letters",
            type=Path,
            help="a new PDF, or a folder for one PDF each; FILE is then CSV: id_number,name,address",
        )
        parser.add_argument("--font", type=Path, help="with --letters: a font that can write the names (.ttf, .otf)")
        parser.add_argument("--output", type=Path, help="a new file for the codes (mode 0600), not standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        scheme: str = options["scheme"]
        try:
            schemes.get(scheme)
        except schemes.InvalidIdNumber as error:
            raise CommandError(f"{error} Known: {', '.join(s.code for s in rules.current().id_schemes)}.") from None
        lines = self._read(options["file"])
        if options["letters"] is not None:
            self._letters(scheme, lines, where=options["letters"], font=options["font"])
            return
        if options["font"] is not None:
            raise CommandError("--font goes with --letters.")
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

    def _letters(self, scheme: str, lines: list[str], *, where: Path, font: Path | None) -> None:
        folder = where.is_dir()
        if not folder and where.suffix.lower() != ".pdf":
            raise CommandError("--letters names a folder that exists, or a new file that ends with .pdf.")
        together = letter_files.with_font(font)
        issued, unwritable = 0, []
        rejected: list[tuple[int, str]] = []
        with letter_files.new_files() as files, transaction.atomic():
            for one in self._addressees(lines):
                pdf = letter_files.with_font(font) if folder else together
                try:
                    self._letter(pdf, one, scheme)
                except CannotWrite:
                    unwritable.append(one.line)
                except LetterRefused as refused:
                    rejected.append((one.line, str(refused)))
                else:
                    issued += 1
                    if folder:
                        files.write(where / f"letter-{one.line:06d}.pdf", pdf.output())
            if unwritable:
                named = ", ".join(str(line) for line in unwritable)
                raise CommandError(
                    f"This font cannot write the names or addresses in line {named}. Give one that can: --font FILE. "
                    "Nothing was issued."
                )
            if issued and not folder:
                files.write(where, together.output())
        for line, why in rejected:
            self.stderr.write(f"line {line}: {why}")
        self.stderr.write(f"{issued} letters written, {len(rejected)} lines rejected.")

    def _letter(self, pdf: Letters, one: letters.Addressee, scheme: str) -> None:
        """Raises LetterRefused, CannotWrite; the code counts only if the letter was drawn (all or nothing)."""
        if wrong := letters.wrong_with(one):
            raise LetterRefused(wrong)
        if not pdf.can_write(*one.lines):
            raise CannotWrite
        try:
            code = services.issue_code(schemes.subject_of(scheme, one.number), scheme=scheme, abroad=one.abroad)
        except schemes.InvalidIdNumber as error:
            raise LetterRefused(str(error)) from None
        except services.IssuingRefused as error:
            raise LetterRefused(REASONS[error.reason]) from None
        pdf.add(one.lines, code=code, expires=services.code_expiry(abroad=one.abroad))

    def _addressees(self, lines: list[str]) -> list[letters.Addressee]:
        try:
            return list(letters.read_addressees("\n".join(lines)))
        except letters.BadList as error:
            raise CommandError(f"{error} Nothing was issued.") from None

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
