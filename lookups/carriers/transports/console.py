"""The carrier works in our own console: whatever we file is before its clerks at once.

Settings: none. There is nothing to send and nothing to ask, so a message counts as delivered as soon as it is due.
"""

from django.utils.translation import gettext as _

from lookups.carriers.transports.contract import Address, CarrierEvent, Envelope, Finding
from lookups.outbox.receipts import Receipt


class ConsoleTransport:
    """Delivers by doing nothing: the dispute itself is what the clerks see."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def send(self, envelope: Envelope) -> Receipt:
        return Receipt(detail="in the console")

    def poll(self, reference: str, remote_id: str) -> list[CarrierEvent]:
        return []

    def check_config(self) -> list[Finding]:
        return [Finding(True, _("Console"), _("The carrier's staff work in this console; there is nothing to reach."))]
