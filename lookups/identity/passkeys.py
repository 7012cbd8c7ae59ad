"""Passkeys (Web Authentication, level 3): what the browser is asked, and whether its answer is right.

Every ceremony verifies its user (PIN, fingerprint, face), no attestation is asked for, and the relying party is the
host of PORTAL_BASE_URL, so that a page elsewhere can ask for nothing. A challenge stands in the session on the server,
for one purpose and one person, for five minutes, and is gone with the first answer, whatever that was.
"""

import base64
import binascii
import json
import secrets
import uuid
from typing import Any, cast

from django.core import serializers
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from webauthn import base64url_to_bytes, verify_registration_response
from webauthn.helpers import parse_registration_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialUserEntity, UserVerificationRequirement

from lookups.identity import browsers
from lookups.identity.models import Account, Passkey
from lookups.identity.reports import report_failure

ANSWER = "passkey"  # the form field with the browser's answer, as JSON
CHALLENGE = "passkey_challenge"
CHALLENGE_SECONDS = 5 * 60
HANDLE_BYTES = 64
LONGEST_ANSWER = 16 * 1024

REGISTER = "register"
SHOW = "show"

_WRONG = (WebAuthnException, OTPWebAuthnApiError, ValueError, TypeError, KeyError, AttributeError)


class PasskeyRefused(Exception):
    """The browser's answer does not fit what it was asked. Nothing was kept."""


class _Helper(WebAuthnHelper):  # type: ignore[misc]
    """The package's ceremonies, with the user always verified, and nobody's name in them."""

    def __init__(self, request: HttpRequest, *, handle: bytes = b"", label: str = "") -> None:
        super().__init__(request)
        self.handle, self.label = handle, label

    def get_user_entity(self, user: Account | None) -> PublicKeyCredentialUserEntity:
        return PublicKeyCredentialUserEntity(id=self.handle, name=self.label, display_name=self.label)

    def get_generate_registration_options_kwargs(self, *, user: Account | None) -> dict[str, Any]:
        wanted: dict[str, Any] = super().get_generate_registration_options_kwargs(user=user)
        wanted["authenticator_selection"].user_verification = UserVerificationRequirement.REQUIRED
        return wanted


def has_any(account: Account) -> bool:
    """Whether this person has a passkey."""
    return bool(Passkey.objects.filter(user=account).exists())


def ask_to_register(request: HttpRequest, *, who: uuid.UUID, account: Account | None) -> dict[str, Any]:
    """What the browser needs to make a passkey. ``who`` is the account, or the enrolment while there is none."""
    handle = _handle(account)
    options, state = _Helper(request, handle=handle, label=_label(account)).register_begin(account)
    _keep(request, REGISTER, who, state | {"handle": base64.b64encode(handle).decode()})
    return dict(options)


def registered(request: HttpRequest, *, who: uuid.UUID, answer: str) -> Passkey:
    """The passkey that the browser has made, not saved yet and nobody's. Raises PasskeyRefused."""
    state = _take(request, REGISTER, who)
    helper = _Helper(request)
    try:
        data = _read(answer)
        credential = parse_registration_credential_json(data)
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(state["challenge"]),
            expected_rp_id=helper.get_relying_party_domain(),
            expected_origin=helper.get_allowed_origins(),
            require_user_verification=True,
        )
        passkey: Passkey = helper.create_credential(None, verified, credential, data)
    except _WRONG:
        raise PasskeyRefused from None
    passkey.name = browsers.family(request.headers.get("User-Agent", ""))
    passkey.user_handle = base64.b64decode(state["handle"])
    return passkey


def bind(passkey: Passkey, account: Account) -> Passkey:
    """Give a passkey that was just made to its owner. Raises IntegrityError for one that is somebody's already."""
    passkey.user = account
    passkey.save(force_insert=True)
    return passkey


def packed(passkey: Passkey) -> str:
    """A passkey that was just made, as text, to be kept sealed until it is somebody's."""
    return str(serializers.serialize("json", [passkey]))


def unpacked(text: str) -> Passkey:
    """The same passkey again, nobody's yet."""
    (found,) = serializers.deserialize("json", text)
    return cast(Passkey, found.object)


def ask_to_show(request: HttpRequest, *, account: Account) -> dict[str, Any]:
    """What the browser needs to show one of this person's passkeys."""
    options, state = _Helper(request).authenticate_begin(account, require_user_verification=True)
    _keep(request, SHOW, account.pk, state)
    return dict(options)


def check(request: HttpRequest, *, account: Account, answer: str, source: str) -> Passkey | None:
    """This person's passkey, if the browser has shown it in answer to our challenge.

    None for anything else: another account's passkey, an old challenge, an unverified user, a counter that did not
    grow. The row is locked meanwhile, so that of two answers with one counter one is taken.
    """
    try:
        state = _take(request, SHOW, account.pk)
        data = _read(answer)
        key = Passkey.get_credential_id_sha256(base64url_to_bytes(str(data["rawId"])))
        with transaction.atomic():
            known = Passkey.objects.select_for_update().filter(credential_id_sha256=key, user=account).first()
            if known is None:
                raise PasskeyRefused
            handle = data["response"].get("userHandle")
            if handle and base64url_to_bytes(str(handle)) != bytes(known.user_handle):
                raise PasskeyRefused
            shown: Passkey = _Helper(request).authenticate_complete(account, state, data)
            return shown
    except (PasskeyRefused, *_WRONG):
        report_failure("second_factor_failed", account=account, source=source, factor="passkey", reason="wrong")
        return None


def _handle(account: Account | None) -> bytes:
    """What devices know this person by: the same for each further passkey."""
    first = Passkey.objects.filter(user=account).order_by("created_at").first() if account else None
    return bytes(first.user_handle) if first else secrets.token_bytes(HANDLE_BYTES)


def _label(account: Account | None) -> str:
    """What the device calls this account in its own list: we know no name, and write down no number."""
    if account is not None and account.label:
        return account.label
    return _("Since %(day)s") % {"day": date_format(timezone.localdate(), "DATE_FORMAT")}


def _keep(request: HttpRequest, purpose: str, who: uuid.UUID, state: dict[str, Any]) -> None:
    now = int(timezone.now().timestamp())
    request.session[CHALLENGE] = state | {"purpose": purpose, "who": str(who), "asked_at": now}


def _take(request: HttpRequest, purpose: str, who: uuid.UUID) -> dict[str, Any]:
    """The challenge that was asked; afterwards it is gone. Raises PasskeyRefused."""
    state = request.session.pop(CHALLENGE, None)
    if not isinstance(state, dict) or state.get("purpose") != purpose or state.get("who") != str(who):
        raise PasskeyRefused
    if not 0 <= int(timezone.now().timestamp()) - int(state["asked_at"]) <= CHALLENGE_SECONDS:
        raise PasskeyRefused
    return state


def _read(answer: str) -> dict[str, Any]:
    """The browser's answer. Raises ValueError."""
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    try:
        data = json.loads(answer)
    except (json.JSONDecodeError, RecursionError, binascii.Error):
        raise ValueError("not JSON") from None
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data
