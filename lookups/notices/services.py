"""Telling people. A notice is written in the transaction of what it tells; it leaves after the commit."""

import uuid
from typing import Any

from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.dateparse import parse_date

from lookups.notices.models import MailServer, Notice
from lookups.outbox import doorbell
from lookups.outbox.models import MessageState

MAIL = "e-mail"


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
    server, _ = MailServer.objects.get_or_create(name=MAIL)
    identity = uuid.uuid4()
    notice = Notice(
        id=identity,
        mailbox=server,
        stream=identity,
        position=1,
        state=MessageState.DUE if address else MessageState.DROPPED,
        next_attempt_at=Now(),
        account=account,
        kind=kind,
        language=language or "en",
        context=context,
        address=address,
        secrets=secrets,
    )
    notice.save(force_insert=True)
    if address:
        doorbell.ring_after_commit(Notice.drain_task, server.id)
    return notice


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
