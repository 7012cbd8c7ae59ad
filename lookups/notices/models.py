"""The notice: one message to one person, and the mail server that takes it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lookups.outbox.models import Attempt, Mailbox, Message
from lookups.vault.fields import SealedJSONField, SealedTextField


class MailServer(Mailbox):
    """Where notices leave by e-mail: one row, since a deployment has one mail server (``EMAIL_URL``)."""

    name = models.CharField(max_length=32, unique=True)

    class Meta:
        verbose_name = _("mail server")

    def __str__(self) -> str:
        return self.name


class Notice(Message):
    """What one person is told. ``kind`` names the words (templates/notices/<kind>.txt), ``context`` fills them.

    ``secrets`` fills them too, sealed: a link that its reader alone may know. ``account`` is linked by value. Without
    an address a notice is only shown on the person's pages.
    """

    drain_task: ClassVar[str] = "notices.drain"

    mailbox = models.ForeignKey(MailServer, on_delete=models.PROTECT, related_name="messages")
    account = models.UUIDField()
    kind = models.CharField(max_length=48)
    language = models.CharField(max_length=12)
    context = models.JSONField(default=dict)
    secrets = SealedJSONField(null=True)
    address = SealedTextField(null=True)

    class Meta(Message.Meta):
        verbose_name = _("notice")
        indexes: ClassVar = [
            *Message.Meta.indexes,
            models.Index(fields=["account", "-created_at"], name="notice_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"


class NoticeAttempt(Attempt):
    """One attempt to send a notice."""

    message = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="tries")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["message", "lease"], name="notice_attempt")]

    def __str__(self) -> str:
        return f"{self.verdict} {self.started_at:%Y-%m-%d %H:%M}"
