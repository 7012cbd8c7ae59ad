"""``manage.py rotate_signing_key``: certificates are signed with a new key from now on; older ones stay valid."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from lookups.vault import keyring


class Command(BaseCommand):
    help = "Put a new signing key into the keyring. Certificates that older keys signed stay valid."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.PORTAL_KEYRING)
        try:
            number = keyring.rotate_signing_key(path)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The keyring could not be written to {path}: {error.strerror}.") from None
        self.stdout.write(
            f"Key {number} signs from now on. Restart web and workers, and put the new keyring into your back-up."
        )
