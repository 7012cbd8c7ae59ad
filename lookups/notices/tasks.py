"""The doorbell of the mail server."""

import uuid

from celery import shared_task

from lookups.notices.delivery import MAIL_DELIVERY
from lookups.notices.models import Notice
from lookups.outbox import doorbell
from lookups.outbox.drain import drain


@shared_task(name="notices.drain")
def drain_mail(mailbox_id: str) -> None:
    """Send what is due; ring again where there is more."""
    if drain(MAIL_DELIVERY, uuid.UUID(mailbox_id)):
        doorbell.ring(Notice.drain_task, uuid.UUID(mailbox_id))
