"""A carrier that does not exist, for trying out what the portal does about one.

Settings: `mode`: "works" takes every message, "fails" always asks to try later, "explodes" raises an error that no
transport should raise (a drain has to survive a transport with a bug in it).
"""

from django.utils.translation import gettext as _

from lookups.carriers.transports.contract import Address, CarrierEvent, Envelope, Finding
from lookups.outbox.receipts import Later, Misconfigured, Receipt

MODES = ("works", "fails", "explodes")


class DemoTransport:
    """Works, fails or explodes as its setting says. It never tells anything of its own accord."""

    def __init__(self, address: Address) -> None:
        self._mode = address.settings.get("mode", "works")

    def send(self, envelope: Envelope) -> Receipt:
        self._act()
        return Receipt(remote_id=f"demo-{envelope.idempotency_key}")

    def poll(self, reference: str, remote_id: str) -> list[CarrierEvent]:
        self._act()
        return []

    def check_config(self) -> list[Finding]:
        if self._mode not in MODES:
            return [Finding(False, _("Settings"), _("The mode is one of: works, fails, explodes."))]
        return [Finding(self._mode == "works", _("Demo"), _("This carrier is made up. Its mode is “%s”.") % self._mode)]

    def _act(self) -> None:
        match self._mode:
            case "works":
                return
            case "fails":
                raise Later("demo_failure", "This carrier fails because it is told to.")
            case "explodes":
                raise RuntimeError("This carrier explodes because it is told to.")
            case _:
                raise Misconfigured("settings", "The mode is one of: works, fails, explodes.")
