"""``manage.py create_keyring``: a new keyring at PORTAL_KEYRING. Never overwrites one."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lookups.vault import keyring


class Command(BaseCommand):
    help = "Make a new keyring at PORTAL_KEYRING (mode 0600). An existing one is never overwritten."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.PORTAL_KEYRING)
        try:
            keyring.create(path)
        except FileExistsError:
            raise CommandError(f"There is a keyring at {path} already. It was left as it is.") from None
        except OSError as error:
            raise CommandError(f"The keyring could not be written to {path}: {error.strerror}.") from None
        self.stdout.write(f"Keyring written to {path}. Keep a copy apart from the database: lost keys are lost data.")
