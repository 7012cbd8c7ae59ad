"""The clocks of the room. Their tasks carry nothing."""

from celery import shared_task

from lookups.identity import letters, recovery


@shared_task(name="identity.forget_letter_requests")
def forget_letter_requests() -> None:
    """Delete the ID numbers of letters that nobody printed within 7 days."""
    letters.forget_old()


@shared_task(name="identity.finish_recoveries")
def finish_recoveries() -> None:
    """Put into force what has waited for 24 hours."""
    recovery.finish_due()
