"""The clock of the room. Its task carries nothing."""

from celery import shared_task
from django.conf import settings

from lookups.registry import announcing


@shared_task(name="registry.tell_people")
def tell_people() -> None:
    """Tell people what feeds have brought under their ID; the rest of a very large feed at the next tick."""
    announcing.announce(seconds=settings.OUTBOX_DRAIN_BUDGET)
