"""What a real mail server's answers mean for a notice, and what a letter holds."""

import socket
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from pytest_django import Settings

from lookups.notices import delivery, mail_server, services
from lookups.notices.models import Notice
from lookups.outbox.receipts import Later, Misconfigured, Receipt, Refused
from portal.embedded import processes
from tests.doubles.listener import RawServer
from tests.doubles.post_office import PostOffice
from tests.ports import free_port

pytestmark = pytest.mark.django_db
ADDRESS = "wei@example.org"


@pytest.fixture(autouse=True)
def server(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "lookups.notices.mail_server.EmailBackend"
    settings.EMAIL_HOST = processes.LOOPBACK
    settings.EMAIL_TIMEOUT = 2


@pytest.fixture
def notice() -> Notice:
    context = {"carrier": "Northern Telecom", "reference": "K7M-3QX9-A", "base_url": "http://localhost:8000"}
    return services.tell(uuid.uuid4(), kind="dispute_answered", context=context, language="en", address=ADDRESS)


class Grumpy:
    """Answers every recipient in the same way."""

    answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer


@pytest.fixture
def grumpy(settings: Settings) -> Iterator[Grumpy]:
    handler = Grumpy()
    refuse = AuthResult(success=False, handled=False)
    controller = Controller(
        handler,
        hostname=processes.LOOPBACK,
        port=free_port(),
        authenticator=lambda *_: refuse,
        auth_require_tls=False,
    )
    controller.start()
    settings.EMAIL_PORT = controller.port
    yield handler
    controller.stop()


def test_a_delivered_letter_is_named_after_its_notice_and_tells_nothing(settings: Settings, notice: Notice) -> None:
    with PostOffice() as office:
        settings.EMAIL_PORT = int(office.url.rpartition(":")[2])
        assert delivery.prepare(notice)() == Receipt()
        delivery.prepare(notice)()
    first, second = office.letters
    assert first.to == ADDRESS
    assert first.message["Message-ID"].startswith(f"<{notice.id}@")
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert "K7M-3QX9-A" in first.everything
    text = first.message.get_content()
    assert ADDRESS not in text
    assert str(notice.account) not in first.everything


def test_a_refused_recipient_is_parked(grumpy: Grumpy, notice: Notice) -> None:
    grumpy.answer = "550 no such mailbox wei@example.org"
    with pytest.raises(Refused) as caught:
        delivery.prepare(notice)()
    assert caught.value.reason == "recipient_refused"
    assert ADDRESS not in str(caught.value)


def test_a_recipient_that_is_put_off_is_for_later(grumpy: Grumpy, notice: Notice) -> None:
    grumpy.answer = "451 greylisted"
    with pytest.raises(Later) as caught:
        delivery.prepare(notice)()
    assert caught.value.reason == "recipient_later"


def test_a_refused_sign_in_is_a_setting_to_mend(grumpy: Grumpy, settings: Settings, notice: Notice) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "wrong"
    with pytest.raises(Misconfigured) as caught:
        delivery.prepare(notice)()
    assert caught.value.reason == "credentials"


def test_nobody_at_the_address_is_for_later(settings: Settings, notice: Notice) -> None:
    settings.EMAIL_PORT = free_port()
    with pytest.raises(Later) as caught:
        delivery.prepare(notice)()
    assert caught.value.reason == "connection"


def test_a_server_that_dawdles_is_cut_off(settings: Settings, notice: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_server, "LONGEST_SECONDS", 0.5)

    def dawdle(connection: socket.socket) -> None:
        connection.sendall(b"220-")
        for _ in range(200):  # one byte now and then: no single wait is long
            time.sleep(0.1)
            connection.sendall(b"x")

    with RawServer(dawdle) as server:
        settings.EMAIL_PORT = server.port
        began = time.monotonic()
        with pytest.raises(Later):
            delivery.prepare(notice)()
        assert time.monotonic() - began < 10
