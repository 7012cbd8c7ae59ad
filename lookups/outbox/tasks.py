"""The sweep: rings for every mailbox that has something due, whatever became of its doorbells."""

from celery import shared_task
from django.apps import apps

from lookups.outbox import doorbell
from lookups.outbox.models import Message


@shared_task(name="outbox.sweep")
def sweep() -> int:
    """Ring for all that is due; beat calls this every few seconds. Returns how many mailboxes."""
    rung = 0
    for model in message_models():
        due = model.objects.deliverable().order_by().values_list("mailbox_id", flat=True).distinct()
        rung += sum(doorbell.ring(model.drain_task, mailbox_id) for mailbox_id in due)
    return rung


def message_models() -> list[type[Message]]:
    """Every kind of message that a room above brings."""
    return [model for model in apps.get_models() if issubclass(model, Message)]
