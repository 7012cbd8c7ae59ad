"""``manage.py set_channel CARRIER --kind tmforum --setting base_url=https://…``: how a carrier is reached.

What is not named stays as it is. Secrets come from a file or from standard input, never from the command line, which
every user of the machine can read; none is shown again, but a webhook secret made here, once. ``--check`` then asks the
carrier; alone, it changes nothing.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lookups.carriers import services, signatures
from lookups.carriers.models import Channel
from lookups.carriers.transports import KINDS
from lookups.outbox.receipts import Misconfigured


class Command(BaseCommand):
    help = "Create or change the channel of a carrier, and check that the carrier answers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("carrier", help="the carrier's code")
        parser.add_argument("--kind", default="", help=f"one of: {', '.join(KINDS)}; needed for a new channel")
        parser.add_argument(
            "--setting",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="as often as needed; NAME= takes it away. The names stand in lookups/carriers/transports/<kind>.py",
        )
        parser.add_argument("--token-file", "--token", default="", metavar="FILE", help="what we show; - reads stdin")
        secret = parser.add_mutually_exclusive_group()
        secret.add_argument("--webhook-secret-file", default="", metavar="FILE", help="the carrier's; - reads stdin")
        secret.add_argument("--new-webhook-secret", action="store_true", help="make one and show it once")
        parser.add_argument(
            "--rotate-webhook-secret",
            action="store_true",
            help="take events signed with the present secret as well; without a file, makes the new one",
        )
        parser.add_argument("--check", action="store_true", help="ask the carrier; exits with 1 if anything is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        token, secret = _secret(options["token_file"]), _secret(options["webhook_secret_file"])
        made = options["new_webhook_secret"] or (options["rotate_webhook_secret"] and not secret)
        if made:
            secret = signatures.new_secret()
        only_check = options["check"] and not (options["kind"] or options["setting"] or token or secret)
        try:
            if only_check:
                channel = Channel.objects.filter(carrier=services.find_carrier(options["carrier"])).first()
                if channel is None:
                    raise CommandError("This carrier has no channel yet.")
            else:
                channel = services.set_channel(
                    options["carrier"],
                    kind=options["kind"],
                    settings=_settings(options["setting"]),
                    token=token,
                    webhook_secret=secret,
                    rotate=options["rotate_webhook_secret"],
                )
                self.stdout.write(f"{channel} is set.")
        except services.SetupRefused as refusal:
            raise CommandError(f"{refusal} Nothing was changed.") from None
        if made:
            self.stdout.write(f"The webhook secret, for the carrier and not shown again: {secret}")
        if options["check"]:
            self._check(channel)

    def _check(self, channel: Channel) -> None:
        try:
            findings = channel.transport().check_config()
        except Misconfigured as error:
            raise CommandError(error.detail) from None
        for finding in findings:
            verdict = "pass" if finding.ok else "FAIL"
            self.stdout.write(f"{verdict}  {finding.what}{f': {finding.detail}' if finding.detail else ''}")
        if not all(finding.ok for finding in findings):
            raise CommandError("The channel does not work as it is set.")


def _settings(given: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if not all(name and equals for name, equals, _ in pairs):
        raise CommandError("A setting is written NAME=VALUE. Nothing was changed.")
    return {name: value.strip() for name, _, value in pairs}


def _secret(file: str) -> str:
    if not file:
        return ""
    try:
        text = (sys.stdin.read() if file == "-" else Path(file).read_text()).strip()
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"The file {file} cannot be read. Nothing was changed.") from None
    if not text:
        raise CommandError("The secret is empty. Nothing was changed.")
    return text
