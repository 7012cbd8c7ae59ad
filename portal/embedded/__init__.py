"""The portal's own PostgreSQL and Valkey, started from their PyPI wheels with everything they write under `var/`.

One engine everywhere: a developer's machine, the tests and a small demo run the same servers as production, without an
administrator installing any. This package decides nothing about the domain and imports neither Django nor a room, so
that settings may ask it for addresses: `environment()` reads one small file and says hello to both servers.

`python -m portal.embedded run [--throwaway] -- COMMAND` starts them around a command.
"""

from portal.embedded.problems import EmbeddedError
from portal.embedded.services import Services, start
from portal.embedded.state import VAR, Addresses, environment, running

__all__ = [
    "VAR",
    "Addresses",
    "EmbeddedError",
    "Services",
    "environment",
    "running",
    "start",
]
