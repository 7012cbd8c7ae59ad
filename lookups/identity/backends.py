"""How Django finds an account again from its session. Passwords are checked in ``services``, beside the throttle."""

import uuid
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db.models import QuerySet
from django.http import HttpRequest

from lookups.identity.models import Account
from lookups.prepared import Prepared


class AccountBackend(BaseBackend):
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Account | None:
        """Never signs anyone in: there is one door, ``services.check_password``."""
        return None

    def get_user(self, user_id: uuid.UUID) -> Account | None:
        return next(iter(_active(user_id)), None)


@Prepared
def _active(account: uuid.UUID) -> QuerySet[Account]:
    return Account.objects.filter(pk=account, is_active=True)
