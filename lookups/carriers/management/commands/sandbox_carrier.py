"""`manage.py sandbox_carrier CODE --port PORT`: start a sandbox carrier; needs no database.

What it does stands in lookups/carriers/sandbox.
"""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lookups.carriers.sandbox import program


class Command(BaseCommand):
    help = "Play a carrier's TMF621 v5 system: a process of its own that takes tickets and answers them after a while."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        program.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            program.run(argparse.Namespace(**options), folder=Path(settings.BASE_DIR) / "var" / "sandbox")
        except program.CannotStart as error:
            raise CommandError(str(error)) from error
