"""Sending notices by e-mail: the one transport of this room.

A mail server has no idempotency key. The Message-ID is the notice's id on every attempt, which is what mail programs
use to show a message once.
"""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage

from lookups.notices.models import MailServer, Notice, NoticeAttempt
from lookups.notices.services import render
from lookups.outbox.drain import Delivery, Sending
from lookups.outbox.receipts import Later, Misconfigured, Receipt, Refused


def prepare(notice: Notice) -> Sending:
    """The notice as an e-mail, ready to send."""
    subject, body = render(notice)
    if not notice.address:
        raise Refused("no_address")
    message = EmailMessage(subject, body, to=[notice.address], headers={"Message-ID": f"<{notice.id}@{_domain()}>"})

    def send() -> Receipt:
        try:
            message.send()
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code < 500:
                raise Later("sign_in_later", f"the mail server answered {error.smtp_code}") from None
            raise Misconfigured("credentials", "the mail server refused our sign-in") from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            if all(500 <= code < 600 for code in codes):
                raise Refused("recipient_refused", f"the mail server answered {min(codes)}") from None
            raise Later("recipient_later", f"the mail server answered {min(codes)}") from None
        except smtplib.SMTPException as error:
            raise Later("smtp", type(error).__name__) from None
        except OSError as error:
            raise Later("connection", type(error).__name__) from None
        return Receipt()

    return send


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")


def _nothing(_notice: Notice, _receipt: Receipt | None = None) -> None:
    """A notice has no more to do once it was sent or parked."""


MAIL_DELIVERY = Delivery(
    mailboxes=MailServer, messages=Notice, attempts=NoticeAttempt, prepare=prepare, delivered=_nothing, parked=_nothing
)
