"""Ports for the servers that tests start: below those that the kernel gives to whoever asks for none in particular.

A port of the kernel's range that is free now may be anybody's end of a connection a moment later.
"""

import os
from collections.abc import Iterator

from portal.embedded import processes

#: What `make run` needs beside the portal's own: the sandbox carriers.
SANDBOXES = (101, 102)
_RANGE = 2500


def worker() -> int:
    """Which of the test processes of one run this is, from 0 on."""
    return int("".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", ""))) or 0)


def _candidates() -> range:
    """A range for each test process of one run; where runs go on side by side they begin at different numbers."""
    lowest = 18000 + _RANGE * (worker() % 5)
    return range(lowest + os.getpid() % 1000, lowest + _RANGE - max(SANDBOXES))


_next: Iterator[int] = iter(())


def free_port(*beside: int) -> int:
    """A free port, at most once until the range is used up; ``beside`` are distances at which it is free as well."""
    global _next
    while True:
        port = next(_next, None)
        if port is None:
            _next = iter(_candidates())
        elif all(processes.port_is_free(one) for one in (port, *(port + distance for distance in beside))):
            return port
