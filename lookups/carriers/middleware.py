"""Every console request runs in one transaction, as the role ``console``, within the carrier of whoever makes it."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from lookups.carriers.row_security import enter_console, leave_console
from lookups.carriers.scoping import scope
from lookups.identity import sessions


class KeepCarriersApart:
    """Puts row security on for /console/. A response with a server error takes everything back that its request did."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/console/") or not sessions.is_verified(request):
            return self.get_response(request)
        with transaction.atomic():
            whose = scope(request)
            enter_console(whose.carrier_id, every_carrier=whose.every_carrier, counter=whose.counter)
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            else:
                leave_console()
        return response
