"""``manage.py forget_ended_registrations``: delete what is past its time in the registry.

Registrations that ended longer ago than the jurisdiction says, with their change rows and confirmations, but not those
that an open dispute is about; feeds that nothing rests on any more; old lists of rejected lines. The beat does the same
every hour; this is for a look beforehand (``--dry-run``), and for a portal whose workers stand still.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lookups.disputes import services
from lookups.jurisdictions import rules
from lookups.registry import retention


class Command(BaseCommand):
    help = "Delete ended registrations, feeds and lists of rejected lines that are past their time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say how many would go, and delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        country, needed = rules.current(), services.registrations_needed()
        rule = country.retention
        self.stdout.write(
            f"{country.code}: registrations go {rule.ended_days} days after their end ({rule.source}), feeds after "
            f"{rule.feed_days} days, lists of rejected lines after {rule.rejects_days} days (portal default)."
        )
        found = retention.due(needed) if options["dry_run"] else retention.forget(needed)
        done = "would be deleted" if options["dry_run"] else "deleted"
        self.stdout.write(
            f"{found.registrations} registrations, {found.feeds} feeds and {found.reject_lists} lists {done}."
        )
