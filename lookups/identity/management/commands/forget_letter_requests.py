"""``manage.py forget_letter_requests``: delete the ID numbers of letters that nobody printed within 7 days.

The beat does the same every hour; this is for a portal whose workers stand still.
"""

from typing import Any

from django.core.management.base import BaseCommand

from lookups.identity import letters


class Command(BaseCommand):
    help = "Delete letter requests older than 7 days."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{letters.forget_old()} requests deleted.")
