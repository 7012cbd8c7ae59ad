"""How Django finds an account again from its session. Passwords are checked in ``services``, beside the throttle."""

import uuid
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from lookups.identity.models import Account


class AccountBackend(BaseBackend):
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Account | None:
        """Never signs anyone in: there is one door, ``services.check_password``."""
        return None

    def get_user(self, user_id: uuid.UUID) -> Account | None:
        return Account.objects.filter(pk=user_id, is_active=True).first()
