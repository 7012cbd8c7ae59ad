"""The time: what it is, and things to do later (a heap of due times, one thread that sleeps until the next)."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

logger = logging.getLogger(__name__)


def timestamp() -> str:
    """The present time as TMF621 writes it, to the microsecond, in UTC."""
    return datetime.fromtimestamp(time.time(), tz=UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Clock:
    """Calls what it was given when its time has come, one after the other: what it calls has to be quick."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` in so many seconds; things due at the same time keep their order."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), action))
            self._changed.notify()

    def forget(self) -> None:
        """Forget whatever was to be done."""
        with self._changed:
            self._due.clear()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopped:
                    return
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                action = heapq.heappop(self._due)[2]
            try:
                action()
            except Exception:
                logger.exception("Something that was due failed.")
