"""When to try again: the schedule that Standard Webhooks 1.0.0 recommends, about three days in all, with jitter."""

import random

from django.conf import settings

JITTER = 0.1


def delay(attempts: int, retry_after: float | None = None) -> float | None:
    """Seconds until the next try after ``attempts`` failed ones; None when it is time to give up.

    ``retry_after`` is what the other side asked for: we never come back sooner, and not later than a day.
    """
    steps: list[float] = settings.OUTBOX_RETRY_SCHEDULE
    if attempts > len(steps):
        return None
    pause = steps[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    return max(pause, min(retry_after or 0, 86400))
