"""The doorbell of delivered feeds, and the clocks beside it. A task carries a feed's id or nothing."""

import multiprocessing
import uuid

from celery import shared_task
from django.conf import settings

from lookups.registry import announcing, deliveries


@shared_task(name=deliveries.TAKE_IN, time_limit=settings.FEED_TIME_LIMIT)
def take_in(feed_id: str) -> None:
    """Import a delivered feed. Minutes for a country: it runs on the queue ``feeds``, which has workers of its own."""
    # Celery's pool calls its processes daemons, and those may not have children. The children of an import end with
    # their pipe, whatever becomes of this process (``feeds.pool``).
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    deliveries.take_in(uuid.UUID(feed_id))


@shared_task(name="registry.sweep")
def sweep() -> None:
    """Ring for what waits."""
    deliveries.sweep()


@shared_task(name="registry.tidy")
def tidy() -> None:
    """Let go of held files that nobody released, and of what killed processes left."""
    deliveries.tidy()


@shared_task(name="registry.tell_people")
def tell_people() -> None:
    """Tell people what feeds have brought under their ID; the rest of a very large feed at the next tick."""
    announcing.announce(seconds=settings.OUTBOX_DRAIN_BUDGET)
