"""Where the running servers can be found: `var/embedded.json`, written by whoever started them.

Settings read it at every start of every process, hence: standard library only, no Django, a few milliseconds, and a
file left behind by a killed process is never believed before both servers have answered.
"""

import contextlib
import json
import socket
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from portal.embedded.secrets import write_private

#: The checkout's folder for everything that exists at run time only.
VAR = Path(__file__).resolve().parents[2] / "var"

_HELLO_SECONDS = 0.5
# PostgreSQL's SSLRequest (protocol manual, "Message Formats"): answered with one byte, before any sign-in.
_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")


@dataclass(frozen=True)
class Addresses:
    """Three URLs with their passwords in them (so: never print or log one), and who started the servers.

    A URL is empty where that server is not ours: the environment names another one.
    """

    database_url: str
    database_owner_url: str
    redis_url: str
    postgres_bin: str
    supervisor_pid: int

    def environment(self) -> dict[str, str]:
        ours = {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.database_owner_url,
            "REDIS_URL": self.redis_url,
        }
        return {name: url for name, url in ours.items() if url}


def write(var: Path, addresses: Addresses) -> None:
    write_private(var / "embedded.json", json.dumps(asdict(addresses), indent=2) + "\n")


def forget(var: Path) -> None:
    (var / "embedded.json").unlink(missing_ok=True)


def read(var: Path) -> Addresses | None:
    """What the file says, believed or not."""
    try:
        found = json.loads((var / "embedded.json").read_text(encoding="utf-8"))
        return Addresses(**{field.name: found[field.name] for field in fields(Addresses)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def running(var: Path = VAR) -> Addresses | None:
    """The addresses of the servers of this checkout, or None unless all of them answer right now."""
    addresses = read(var)
    if addresses is None:
        return None
    database = not addresses.database_url or _postgres_answers(addresses.database_url)
    doorbell = not addresses.redis_url or valkey_answers(addresses.redis_url)
    return addresses if database and doorbell else None


def environment(var: Path = VAR) -> dict[str, str]:
    """`DATABASE_URL`, `DATABASE_OWNER_URL` and `REDIS_URL` of the running servers; empty when they do not run."""
    addresses = running(var)
    return addresses.environment() if addresses else {}


def _postgres_answers(url: str) -> bool:
    return _say(url, _SSL_REQUEST) in (b"N", b"S")


def valkey_answers(url: str) -> bool:
    """Whether a server is there that takes our password: another program on the same port would not."""
    password = urlsplit(url).password or ""
    return _say(url, f"AUTH {password}\r\n".encode()).startswith(b"+OK")


def _say(url: str, message: bytes) -> bytes:
    parts = urlsplit(url)
    with (
        contextlib.suppress(OSError),
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), _HELLO_SECONDS) as connection,
    ):
        connection.sendall(message)
        return connection.recv(64)
    return b""
