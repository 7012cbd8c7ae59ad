"""The connection to the mail server, with an end: EMAIL_TIMEOUT is for each wait, and a slow server makes many.

A notice is leased for 60 seconds. So a guard cuts the connection after 40, whatever step the dialogue has reached; to
the sender that is a connection that was lost.
"""

import contextlib
import smtplib
import socket
import threading
from typing import Any

from django.core.mail.backends import smtp

LONGEST_SECONDS = 40.0
_AGAIN_SECONDS = 0.5


class _Guarded(smtplib.SMTP):
    """An SMTP connection that is cut once its time is over."""

    def connect(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self._over = threading.Event()
        threading.Thread(target=self._guard, name="mail deadline", daemon=True).start()
        try:
            return super().connect(*args, **kwargs)
        except BaseException:
            self._over.set()
            raise

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._over.set()

    def _guard(self) -> None:
        pause = LONGEST_SECONDS
        # More than once: the socket may have been in the making, or changed for one with TLS.
        while not self._over.wait(pause):
            sock = self.sock
            if sock is not None:
                with contextlib.suppress(OSError):
                    # Of the plain socket, also under TLS: the thread that reads must not lose its TLS state.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
            pause = _AGAIN_SECONDS


class _GuardedTls(_Guarded, smtplib.SMTP_SSL):
    """The same with TLS from the start."""


class EmailBackend(smtp.EmailBackend):
    """Django's, over a guarded connection."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _GuardedTls if self.use_ssl else _Guarded

    def open(self) -> bool | None:
        try:
            return super().open()
        except BaseException:
            if self.connection is not None:
                self.connection.close()
                self.connection = None
            raise
