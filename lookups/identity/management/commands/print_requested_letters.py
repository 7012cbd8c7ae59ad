"""``manage.py print_requested_letters``: the letters that citizens asked for.

First ``--list FILE`` writes the ID numbers that wait (CSV: id_scheme, id_number; mode 0600) for the population
register, then ``--addresses FILE --output LETTERS.pdf`` takes its answer (CSV: id_number, name, address …,
and id_scheme where there are several kinds) and prints. What was printed is deleted; what
nobody printed goes after 7 days.
"""

import csv
import io
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from lookups.identity import letter_files, letters, services
from lookups.identity.letter_pdf import Letters
from lookups.identity.models import LetterRequest
from lookups.jurisdictions import schemes
from lookups.notices.paper import CannotWrite


class Command(BaseCommand):
    help = "Print the letters that citizens asked for, to the addresses of the population register."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", type=Path, help="write the ID numbers that wait to this new file (mode 0600)")
        parser.add_argument("--addresses", type=Path, help="the register's answer: CSV with id_number, name, address")
        parser.add_argument("--output", type=Path, help="a new PDF for the letters (mode 0600)")
        parser.add_argument("--font", type=Path, help="a font that can write the names (.ttf, .otf)")

    def handle(self, *args: Any, **options: Any) -> None:
        letters.forget_old()
        if options["list"] is not None:
            self._list(options["list"])
        elif options["addresses"] is None or options["output"] is None:
            raise CommandError("Give --list FILE, or --addresses FILE with --output FILE.pdf.")
        else:
            self._print(options["addresses"], options["output"], options["font"])

    def _list(self, path: Path) -> None:
        waiting = letters.waiting()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["id_scheme", letters.NUMBER])
        writer.writerows([one.scheme, one.number] for one in waiting)
        with letter_files.new_files() as files:
            files.write(path, text.getvalue().encode())
        self.stderr.write(f"{len(waiting)} letters wait. Delete the file once the register has answered.")

    def _print(self, addresses: Path, output: Path, font: Path | None) -> None:
        pdf = letter_files.with_font(font)
        printed, missing, refused, unwritable = 0, 0, 0, []
        with letter_files.new_files() as files, transaction.atomic():
            known = self._known(addresses)
            for wanted in LetterRequest.objects.select_for_update().order_by("requested_at"):
                addressee = known.get(wanted.subject)
                if addressee is None or letters.wrong_with(addressee):
                    missing += 1
                    continue
                if not pdf.can_write(*addressee.lines):
                    unwritable.append(addressee.line)
                    continue
                if self._letter(pdf, wanted, addressee):
                    printed += 1
                else:
                    refused += 1
                wanted.delete()
            if unwritable:
                lines = ", ".join(str(line) for line in unwritable)
                raise CommandError(
                    f"This font cannot write the names or addresses in line {lines}. Give one that can: --font FILE. "
                    "Nothing was printed."
                )
            if printed:
                files.write(output, pdf.output())
        self.stderr.write(
            f"{printed} letters written; {refused} not, since one was sent less than 24 hours ago or 4 within 30 days; "
            f"{missing} wait for an address."
        )

    def _letter(self, pdf: Letters, wanted: LetterRequest, addressee: letters.Addressee) -> bool:
        """False where the limits of letters forbid another one."""
        try:
            code = services.issue_code(wanted.subject, scheme=wanted.scheme, abroad=addressee.abroad, recovery=True)
        except services.IssuingRefused:
            return False
        try:
            pdf.add(addressee.lines, code=code, expires=services.code_expiry(abroad=addressee.abroad))
        except CannotWrite:
            raise CommandError("This font cannot write the letter itself. Nothing was printed.") from None
        return True

    def _known(self, path: Path) -> dict[uuid.UUID, letters.Addressee]:
        """The addressees by subject; lines whose number cannot be one are told by their line."""
        try:
            listed = list(letters.read_addressees(path.read_bytes().decode("utf-8-sig")))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise CommandError("The list is not UTF-8 text. Nothing was printed.") from None
        except letters.BadList as error:
            raise CommandError(f"{error} Nothing was printed.") from None
        used = sorted(set(LetterRequest.objects.values_list("scheme", flat=True)))
        known: dict[uuid.UUID, letters.Addressee] = {}
        for one in listed:
            for scheme in [one.scheme] if one.scheme else used:
                try:
                    known[schemes.subject_of(scheme, one.number)] = one
                except schemes.InvalidIdNumber as error:
                    if one.scheme or len(used) == 1:
                        self.stderr.write(f"line {one.line}: {error}")
        return known
