"""``manage.py add_carrier CODE NAME [--host CODE]``: a new carrier, or a reseller that another one answers for."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lookups.carriers import services
from lookups.notices.paper import BadFont, Paper


class Command(BaseCommand):
    help = "Add a carrier; set_channel then says how it is reached."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="short and for ever: letters, digits, hyphens")
        parser.add_argument("name", help="as people know it")
        parser.add_argument("--host", default="", help="for a reseller: the code of the carrier that answers for it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            carrier = services.add_carrier(options["code"], options["name"], host=options["host"])
        except services.SetupRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Added {carrier.name} ({carrier.code}).")
        if not _can_be_printed(carrier.name):
            self.stderr.write(
                f"Certificates cannot write this name and will say “{carrier.code}”: "
                "set PORTAL_PDF_FONT to a font that has its characters."
            )


def _can_be_printed(name: str) -> bool:
    try:
        paper = Paper(title="", font=settings.PDF_FONT)
    except BadFont:
        paper = Paper(title="")
    return paper.can_write(paper.plain(name))
