"""A real mail server that keeps what it is sent, for tests of what leaves by e-mail."""

import email
import email.policy
import logging
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller

from portal.embedded import processes
from tests.ports import free_port


@dataclass(frozen=True)
class Letter:
    """One message as it came: the envelope's address, and all of the message."""

    to: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)  # type: ignore[return-value]

    @property
    def everything(self) -> str:
        """Header lines and text, decoded, and the message as it came."""
        message = self.message
        headers = "\n".join(f"{name}: {value}" for name, value in message.items())
        texts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
        return "\n".join([headers, *texts, self.raw.decode(errors="replace")])


class PostOffice:
    """``with PostOffice() as office:`` sends to ``office.url`` (for EMAIL_URL) arrive in ``office.letters``."""

    def __init__(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self.letters: list[Letter] = []
        self._controller = Controller(self, hostname=processes.LOOPBACK, port=free_port())
        self.url = f"smtp://{processes.LOOPBACK}:{self._controller.port}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters += [Letter(to, envelope.content) for to in envelope.rcpt_tos]
        return "250 OK"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._controller.stop()
