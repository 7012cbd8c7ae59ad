"""``manage.py delivery_token CARRIER [--rotate | --withdraw]``: with what a carrier's system delivers its feeds."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lookups.carriers import services, tokens


class Command(BaseCommand):
    help = "Make the token with which a carrier's system delivers feeds, and show it once. The one before ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("carrier", help="the carrier's code")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--rotate", action="store_true", help="take the present token as well, until the next one")
        what.add_argument("--withdraw", action="store_true", help="take no token of this carrier any more")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            carrier = services.find_carrier(options["carrier"])
        except services.SetupRefused as refusal:
            raise CommandError(str(refusal)) from None
        if options["withdraw"]:
            if not tokens.withdraw(carrier):
                raise CommandError(f"{carrier.name} has no token. Nothing was changed.")
            self.stdout.write(f"No token of {carrier.name} is taken any more.")
            return
        token = tokens.renew(carrier, keep_present=options["rotate"])
        self.stdout.write(f"The token of {carrier.name}, for the carrier and not shown again: {token}")
