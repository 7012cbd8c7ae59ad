"""``manage.py create_staff EMAIL --role …``: invite a staff member, who then chooses password and second factor.

There are no default accounts and no password passes through here: only a code, shown once, that works with this
address.
"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from lookups.carriers.models import Carrier, Membership, StaffRole
from lookups.identity import services
from lookups.identity.models import Role


class Command(BaseCommand):
    help = "Invite a staff member: prints the address and the one-time code to enrol with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--role", required=True, choices=[Role.OFFICER, Role.OPERATOR, Role.CARRIER, Role.AUTHORITY]
        )
        parser.add_argument("--carrier", default="", help="the carrier's code, with --role carrier")
        parser.add_argument("--supervisor", action="store_true", help="a supervisor of the carrier, not a clerk")
        parser.add_argument("--label", default="", help="the name that colleagues see, for example “Clerk Wang”")

    def handle(self, *args: Any, **options: Any) -> None:
        role: str = options["role"]
        try:
            validate_email(options["email"])
        except ValidationError:
            raise CommandError("This is not an e-mail address.") from None
        carrier = self._carrier(role, options["carrier"], supervisor=options["supervisor"])
        try:
            with transaction.atomic():
                account, code = services.invite_staff(options["email"], label=options["label"], role=role)
                Membership.objects.filter(account=account).delete()
                if carrier is not None:
                    rank = StaffRole.SUPERVISOR if options["supervisor"] else StaffRole.CLERK
                    Membership.objects.create(account=account, carrier=carrier, role=rank)
        except services.IssuingRefused:
            raise CommandError("Somebody signs in with this address already. Nothing was changed.") from None
        address = settings.PORTAL_BASE_URL + reverse("identity:enrol_staff")
        self.stdout.write(f"Invited. Enrol at {address} with this e-mail address and the code {code}")
        self.stdout.write(f"It works once, until {services.code_expiry():%Y-%m-%d}, and is not shown again.")

    def _carrier(self, role: str, code: str, *, supervisor: bool) -> Carrier | None:
        if role != Role.CARRIER:
            if code or supervisor:
                raise CommandError("--carrier and --supervisor go with --role carrier only.")
            return None
        if not code:
            raise CommandError("--role carrier needs --carrier CODE.")
        carrier = Carrier.objects.filter(code=code).first()
        if carrier is None:
            known = ", ".join(Carrier.objects.values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no carrier {code!r}; there are: {known}.")
        return carrier
