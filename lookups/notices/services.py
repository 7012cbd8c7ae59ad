"""Telling people. A notice is written in the transaction of what it tells; it leaves after the commit."""

import dataclasses
import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.dateparse import parse_date

from lookups.notices.models import MailServer, Notice
from lookups.outbox import doorbell
from lookups.outbox.models import MessageState

MAIL = "e-mail"


@dataclasses.dataclass(frozen=True)
class Recipient:
    """Whom a notice is for, in which language; without an address it stands on their pages alone."""

    account: uuid.UUID
    language: str
    address: str | None = dataclasses.field(default=None, repr=False)


def tell(
    account: uuid.UUID,
    *,
    kind: str,
    context: dict[str, Any],
    language: str,
    address: str | None = None,
    secrets: dict[str, str] | None = None,
) -> Notice:
    """One notice for ``account``. ``kind`` names templates/notices/<kind>.txt; ``context`` holds no personal data.
    ``secrets`` (links with a token) fill the template as well, and are kept sealed.

    Without an address nothing is sent; the notice still stands on the person's pages.
    """
    server = _mail_server()
    notice = _notice(server, Recipient(account, language, address), kind=kind, context=context, secrets=secrets)
    notice.save(force_insert=True)
    if address:
        doorbell.ring_after_commit(Notice.drain_task, server.id)
    return notice


def tell_all(recipients: Iterable[Recipient], *, kind: str, context: dict[str, Any]) -> int:
    """The same notice for many people, as ``tell`` for each: one insert, one ring. Returns how many."""
    server = _mail_server()
    letters = [_notice(server, recipient, kind=kind, context=context) for recipient in recipients]
    Notice.objects.bulk_create(letters)
    if letters:
        doorbell.ring_after_commit(Notice.drain_task, server.id)
    return len(letters)


def _mail_server() -> MailServer:
    return MailServer.objects.get_or_create(name=MAIL)[0]


def _notice(
    server: MailServer,
    recipient: Recipient,
    *,
    kind: str,
    context: dict[str, Any],
    secrets: dict[str, str] | None = None,
) -> Notice:
    identity = uuid.uuid4()
    return Notice(
        id=identity,
        mailbox=server,
        stream=identity,
        position=1,
        state=MessageState.DUE if recipient.address else MessageState.DROPPED,
        next_attempt_at=Now(),
        account=recipient.account,
        kind=kind,
        language=recipient.language or "en",
        context=context,
        address=recipient.address,
        secrets=secrets,
    )


def render(notice: Notice) -> tuple[str, str]:
    """Subject and body in the notice's language. The template's first line is the subject."""
    with translation.override(notice.language):
        text = render_to_string(f"notices/{notice.kind}.txt", _with_dates(notice.context) | (notice.secrets or {}))
    subject, _, body = text.strip().partition("\n")
    return subject.strip(), body.strip() + "\n"


def _with_dates(context: dict[str, Any]) -> dict[str, Any]:
    """The context as templates want it: its JSON knows no dates, so ISO dates in it become dates again."""
    return {key: parse_date(value) or value if _is_date(value) else value for key, value in context.items()}


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-"
