"""A mailbox to drain: the mail server's, with a destination that does as it is told."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models.functions import Now

from lookups.notices.models import MailServer, Notice, NoticeAttempt
from lookups.outbox.drain import Delivery, drain
from lookups.outbox.receipts import Receipt

Answer = Callable[[Notice], Receipt]


class Post:
    """One mailbox and what happens to its messages. ``answers`` is called in the sending thread."""

    def __init__(self) -> None:
        self.server = MailServer.objects.create(name="test", max_in_flight=4)
        self.answers: Answer = lambda notice: Receipt()
        self.sent: list[Notice] = []
        self.delivered: list[uuid.UUID] = []
        self.parked: list[uuid.UUID] = []
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def letter(self, stream: uuid.UUID | None = None, position: int = 1, **columns: Any) -> Notice:
        notice = Notice(
            mailbox=self.server,
            stream=stream or uuid.uuid4(),
            position=position,
            next_attempt_at=columns.pop("next_attempt_at", Now()),
            account=uuid.uuid4(),
            kind="dispute_filed",
            language="en",
            **columns,
        )
        notice.save(force_insert=True)
        return notice

    def drain(self, budget: float = 5.0) -> bool:
        return drain(self.delivery, self.server.pk, budget=budget)

    @property
    def delivery(self) -> Delivery:
        return Delivery(
            mailboxes=MailServer,
            messages=Notice,
            attempts=NoticeAttempt,
            prepare=self._prepare,
            delivered=lambda notice, receipt: self.delivered.append(notice.pk),
            parked=lambda notice: self.parked.append(notice.pk),
        )

    def _prepare(self, notice: Notice) -> Callable[[], Receipt]:
        def send() -> Receipt:
            with self._lock:
                self.sent.append(notice)
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                return self.answers(notice)
            finally:
                with self._lock:
                    self.at_once -= 1

        return send


@pytest.fixture
def post(transactional_db: None) -> Post:
    return Post()


def raising(error: Exception) -> Answer:
    def answer(_notice: Notice) -> Receipt:
        raise error

    return answer
