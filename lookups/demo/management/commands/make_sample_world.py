"""``manage.py make_sample_world``: invented carriers, people and stories, the same for the same seed."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lookups.demo import world
from lookups.registry.feeds.problems import FeedRefused


class Command(BaseCommand):
    help = "Fill an empty database with the sample world (needs PORTAL_DEMO=1)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="keep the world that is there, if one is")
        parser.add_argument("--registrations", type=int, default=world.Size.registrations, metavar="N")
        parser.add_argument("--people", type=int, default=world.Size.people, metavar="N")
        parser.add_argument("--seed", type=int, default=world.DEFAULT_SEED, metavar="S")
        parser.add_argument("--outlier", action="store_true", help="with Hua, who has 21,200 lines")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["registrations"] < 0 or options["people"] < 1:
            raise CommandError("--registrations is 0 or more, --people 1 or more.")
        if options["if_empty"] and settings.PORTAL_DEMO and world.exists() and not world.is_real():
            world.keep_up(settings.PORT)
            self.stdout.write("There is a sample world here; it stays as it is.")
            return
        size = world.Size(options["registrations"], options["people"], options["outlier"])
        try:
            world.make(seed=options["seed"], size=size, tell=self.stdout.write)
        except (world.NotHere, FeedRefused) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write("The sample world is ready: /demo/ says with whom to sign in.")
