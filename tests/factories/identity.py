"""People who sign in, and how a test signs them in: through the pages, or straight into a session."""

import base64
import functools
from dataclasses import dataclass

import pyotp
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from stdnum.cn import ric

from lookups.identity import services, sessions
from lookups.identity.models import Account, AuthenticatorApp, Role
from lookups.identity.passwords import EncodedPassword
from lookups.jurisdictions import schemes

PASSWORD = "quiet harbour under seven lanterns"
SEED = b"12345678901234567890"
OTHER_SEED = b"09876543210987654321"


@functools.cache
def encoded_password() -> EncodedPassword:
    """The password of the whole cast, hashed once."""
    return services.encode_password(PASSWORD)


def resident_card(serial: int = 1, *, born: str = "18950312", place: str = "110101") -> str:
    """A Chinese resident identity number that adds up and belongs to nobody alive."""
    start = f"{place}{born}{serial:03d}"
    return start + str(ric.calc_check_digit(start + "0"))


LIN_MEIS_CARD = resident_card(1)
WANG_FANGS_CARD = resident_card(2)
NOBODYS_CARD = resident_card(777)
CLERK_WANGS_ADDRESS = "wang@carrier.example"


@dataclass(frozen=True)
class Person:
    """An account with what its owner knows and holds."""

    account: Account
    number: str = ""
    email: str = ""
    seed: bytes = SEED

    def code(self, *, steps: int = 0) -> str:
        """What the authenticator app shows now, or ``steps`` steps of 30 s later (an independent implementation)."""
        return code_of(self.seed, steps=steps)

    def device(self) -> AuthenticatorApp:
        return AuthenticatorApp.objects.get(user=self.account)


def code_of(seed: bytes, *, steps: int = 0) -> str:
    """The code of a seed, by pyotp."""
    return pyotp.TOTP(base64.b32encode(seed).decode()).at(timezone.now(), counter_offset=steps)


def code_of_words(words: str) -> str:
    """The code of a seed as the page writes it, in groups."""
    return pyotp.TOTP("".join(words.split())).now()


def lin_mei() -> Person:
    """A citizen with one resident card."""
    account = services.create_citizen(
        [("CN-RIC", LIN_MEIS_CARD)], password=encoded_password(), totp_seed=SEED, email="lin@example.org", language="en"
    )
    return Person(account, number=LIN_MEIS_CARD)


def wang_fang() -> Person:
    """Another citizen."""
    account = services.create_citizen([("CN-RIC", WANG_FANGS_CARD)], password=encoded_password(), totp_seed=OTHER_SEED)
    return Person(account, number=WANG_FANGS_CARD, seed=OTHER_SEED)


def staff(role: str = Role.OFFICER, *, email: str = CLERK_WANGS_ADDRESS, label: str = "Clerk Wang") -> Person:
    """Somebody who works for a carrier, the regulator or the portal."""
    account = services.create_staff_account(
        email, label=label, role=role, password=encoded_password(), totp_seed=OTHER_SEED
    )
    return Person(account, email=email, seed=OTHER_SEED)


def show_password(client: Client, person: Person, *, password: str = PASSWORD, then: str = "") -> HttpResponse:
    """The first factor, by the page."""
    query = f"?next={then}" if then else ""
    if person.email:
        return client.post(reverse("identity:sign_in_staff") + query, {"email": person.email, "password": password})
    return client.post(
        reverse("identity:sign_in") + query, {"scheme": "CN-RIC", "number": person.number, "password": password}
    )


def sign_in(client: Client, person: Person, *, then: str = "") -> HttpResponse:
    """Both factors, by the pages."""
    show_password(client, person, then=then)
    return client.post(reverse("identity:sign_in_code"), {"token": person.code()})


def signed_in(client: Client, account: Account, *, fresh: bool = True) -> Client:
    """A session with both factors, made directly; ``fresh`` decides whether a step-up page asks again."""
    client.force_login(account, backend=sessions.BACKEND)
    device = AuthenticatorApp.objects.filter(user=account).first() or services.add_authenticator(account, SEED)
    now = int(timezone.now().timestamp())
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session[sessions.SIGNED_IN_AT] = session[sessions.ACTIVE_AT] = session[sessions.VERIFIED_AT] = now
    session[sessions.STEPPED_UP_AT] = now if fresh else 0
    session.save()
    return client


def activation_code(number: str = LIN_MEIS_CARD, scheme: str = "CN-RIC") -> str:
    """A code as it stands in the letter."""
    return services.issue_code(schemes.subject_of(scheme, number), scheme=scheme)


def session_key(client: Client) -> str:
    """The session key in this browser's cookie, or ""."""
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie.value if cookie else ""
