"""What a transport says after it tried to deliver one message: a receipt, or one of three errors.

The type of the error decides what the outbox does next, so a transport has to choose it with care. A reason is a short
machine word ("timeout", "http_500"); a detail is a sentence for staff. Neither may carry personal data or a payload:
both are stored in clear and shown in the console.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Receipt:
    """The other side has the message.

    `remote_id` is its own name for what it received (a ticket id), "" where it has none. `detail` is safe text.
    """

    remote_id: str = ""
    detail: str = ""


class DeliveryError(Exception):
    """The message did not arrive, or we cannot know. Raise one of the subclasses, never this class."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Later(DeliveryError):
    """A passing trouble: the same message is tried again with the same idempotency key.

    `retry_after` is the wait in seconds that the other side asked for, None when it did not. `ambiguous` is true when
    the message may have been accepted although no good answer came back: the next attempt has to search first.
    """

    def __init__(
        self, reason: str, detail: str = "", *, retry_after: float | None = None, ambiguous: bool = False
    ) -> None:
        super().__init__(reason, detail)
        self.retry_after = retry_after
        self.ambiguous = ambiguous


class Refused(DeliveryError):
    """The other side understood this message and will never take it: it is parked, the mailbox goes on."""


class Misconfigured(DeliveryError):
    """The channel itself is wrong (address, credentials): nothing arrives in this mailbox until a person mends it."""
