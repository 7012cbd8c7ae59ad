"""From a proof by eID to an enrolment without a letter, or to one more document of an account.

The provider's person is known by issuer and ``sub`` (as a blind index), never by anything else it says of them.
"""

import dataclasses
import secrets
import time
import uuid

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from lookups.identity import changes, enrolment, recovery, throttling
from lookups.identity.eid import provider as eid
from lookups.identity.eid.provider import EidRefused
from lookups.identity.models import (
    Account,
    ActivationCode,
    EidIdentity,
    EidProof,
    Enrolment,
    IdentityDocument,
    Way,
)
from lookups.identity.reports import report_failure
from lookups.jurisdictions import schemes
from lookups.vault import blind

SESSION_KEY = "eid"
ENROL = "enrol"
ADD_DOCUMENT = "add document"
LASTS_SECONDS = 10 * 60
_MAX_PARAMETER = 2048


@dataclasses.dataclass(frozen=True)
class Proof:
    """Who holds which document: ``person`` is the blind index of issuer and ``sub``."""

    purpose: str
    issuer: str
    person: uuid.UUID
    scheme: str
    subject: uuid.UUID


def start(request: HttpRequest, provider: eid.Provider, *, purpose: str) -> str:
    """Remember what belongs together in the session, and say where to go. Raises EidRefused."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    url = eid.authorization_url(provider, redirect_uri=redirect_uri(), state=state, nonce=nonce, verifier=verifier)
    request.session[SESSION_KEY] = {
        "state": state,
        "nonce": nonce,
        "verifier": verifier,
        "purpose": purpose,
        "at": int(time.time()),
        "account": str(request.user.pk or ""),
    }
    return url


def under_way(request: HttpRequest) -> bool:
    """Whether this browser was sent to the provider and has not come back."""
    return SESSION_KEY in request.session


def finish(request: HttpRequest, provider: eid.Provider, *, source: str) -> Proof:
    """What the provider proves, now that the person is back. Works once for each start.

    Raises EidRefused, TooManyTries. The attempt is charged to the source first: each one makes us ask the provider.
    """
    begun = request.session.get(SESSION_KEY)
    given = {name: request.GET.get(name, "") for name in ("state", "code", "error", "iss")}
    try:
        if not begun or not constant_time_compare(given["state"], begun["state"]):
            # The rightful return may still come: a forged one does not end what is under way.
            raise EidRefused("state", "unknown" if not begun else "mismatch")
        del request.session[SESSION_KEY]
        if time.time() - begun["at"] > LASTS_SECONDS or begun["account"] != str(request.user.pk or ""):
            raise EidRefused("state", "over")
        attempt = throttling.begin("eid", who=blind.index("eid source", str(source)), source=source)
        claims = _redeem(provider, begun, given)
        try:
            subject = schemes.subject_of(provider.scheme, claims.number)
        except schemes.InvalidIdNumber as error:
            raise EidRefused("document", error.code) from None
    except EidRefused as refused:
        reason = f"{refused.reason} {refused.detail}".strip()
        report_failure("eid_failed", account=None, source=source, factor="eid", reason=reason)
        raise
    attempt.succeeded()
    person = blind.index("eid", f"{provider.issuer}|{claims.sub}")
    return Proof(begun["purpose"], provider.issuer, person, provider.scheme, subject)


def _redeem(provider: eid.Provider, begun: dict[str, str], given: dict[str, str]) -> eid.Claims:
    if given["iss"] and given["iss"] != provider.issuer:  # RFC 9207
        raise EidRefused("not_accepted", "issuer_of_the_answer")
    if given["error"]:
        raise EidRefused("stopped")
    if not given["code"] or len(given["code"]) > _MAX_PARAMETER:
        raise EidRefused("not_accepted", "no_code")
    return eid.redeem(
        provider,
        code=given["code"],
        redirect_uri=redirect_uri(),
        nonce=begun["nonce"],
        verifier=begun["verifier"],
    )


def redirect_uri() -> str:
    """Where the provider sends the person back to, as it is registered there."""
    return settings.PORTAL_BASE_URL + reverse("identity:eid_callback")


# --- What a proof is good for -----------------------------------------------------------------------------------------


@transaction.atomic
def begin_enrolment(proof: Proof) -> Enrolment | None:
    """An enrolment for whoever proved this document; where it has an account already, one that ``recovers`` it.

    None where document and person belong to different accounts, where an account that came from this provider came from
    somebody else, and for an account that was closed. It stands on a code that nobody ever sees, so that it ends as any
    enrolment does: in one account per document.
    """
    holder = Account.objects.by_document(proof.subject)
    known = EidIdentity.objects.filter(person=proof.person).first()
    if known is not None and (holder is None or known.account_id != holder.pk):
        return None
    if known is None and EidIdentity.objects.filter(account=holder, issuer=proof.issuer).exists():
        return None
    if holder is not None and not recovery.is_possible(holder):
        return None
    now = timezone.now()
    Enrolment.objects.filter(started_at__lt=now - enrolment.LASTS).delete()
    ActivationCode.objects.filter(eid_proof__isnull=False, expires_at__lt=now - enrolment.LASTS, used_at=None).delete()
    code = ActivationCode.objects.create(
        subject=proof.subject,
        scheme=proof.scheme,
        code_hash=blind.code_hash("eid stand-in", secrets.token_urlsafe(32)),
        expires_at=now + enrolment.LASTS,
        way=Way.EID,
    )
    EidProof.objects.create(code=code, person=proof.person, issuer=proof.issuer)
    return Enrolment.objects.create(code=code, recovers=holder)


class NotAdded(Exception):
    """``reason``: ``already`` (it is there), ``other_account`` (somebody has it), ``other_person`` (another eID)."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def add_document(account: Account, proof: Proof) -> IdentityDocument:
    """One more document of this account. Raises NotAdded.

    An account that came from an eID takes documents of that same person only.
    """
    try:
        with transaction.atomic():
            return _add_document(account, proof)
    except IntegrityError:
        raise NotAdded("other_account") from None


def _add_document(account: Account, proof: Proof) -> IdentityDocument:
    Account.objects.select_for_update().get(pk=account.pk)
    known = EidIdentity.objects.filter(person=proof.person).first()
    if known is not None and known.account_id != account.pk:
        raise NotAdded("other_account")
    if known is None and EidIdentity.objects.filter(account=account, issuer=proof.issuer).exists():
        raise NotAdded("other_person")
    held = IdentityDocument.objects.filter(subject=proof.subject).first()
    if held is not None:
        raise NotAdded("already" if held.account_id == account.pk else "other_account")
    if known is None:
        EidIdentity.objects.create(account=account, person=proof.person, issuer=proof.issuer)
    added = IdentityDocument.objects.create(account=account, scheme=proof.scheme, subject=proof.subject)
    ActivationCode.objects.filter(subject=proof.subject, used_at=None).update(used_at=timezone.now())
    changes.announce(account, what="document_added")
    return added
