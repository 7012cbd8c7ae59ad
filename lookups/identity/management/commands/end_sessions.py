"""``manage.py end_sessions``: sign somebody out everywhere, at once, half-way sessions too.

The person is named by the account's id (as logs name the actor), a staff member's e-mail address, or an identity
document, whose number is read from standard input: it stands in no list of processes and in no shell's history.
"""

import sys
import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lookups.identity import open_sessions
from lookups.identity.models import Account
from lookups.jurisdictions import schemes


class Command(BaseCommand):
    help = "End every session of one person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--account", type=uuid.UUID, help="the account's id, as logs have it")
        who.add_argument("--email", help="a staff member's e-mail address")
        who.add_argument(
            "--document", metavar="SCHEME", help="kind of document; its number is read from standard input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        account = self._find(options["account"], options["email"], options["document"])
        if account is None:
            raise CommandError("There is no such account. Nothing was changed.")
        ended = open_sessions.end_all(account)
        self.stdout.write(f"Signed out everywhere: {ended} sessions.")

    def _find(self, account_id: uuid.UUID | None, email: str | None, scheme: str | None) -> Account | None:
        if account_id is not None:
            return Account.objects.filter(pk=account_id).first()
        if email is not None:
            return Account.objects.by_email(email)
        try:
            return Account.objects.by_document(schemes.subject_of(scheme or "", sys.stdin.readline().strip()))
        except schemes.InvalidIdNumber as error:
            raise CommandError(str(error)) from None
