"""`manage.py stack`: the whole portal in one terminal, supervised; Ctrl-C ends it all."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal import stack


class Command(BaseCommand):
    """Runs before any database exists, so it asks Django for nothing but its command line."""

    help = (
        "Start everything: PostgreSQL and Valkey (unless DATABASE_URL and REDIS_URL name others), the web server, "
        "worker, beat and, in the demo, two sandbox carriers. Ctrl-C ends it all."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port",
            default=os.environ.get("PORT", "8000"),
            help="default: PORT, else 8000",
        )

    def handle(self, *_: Any, port: str, **__: Any) -> None:
        os.chdir(stack.ROOT)
        sys.exit(stack.main({**os.environ, "PORT": port}))
