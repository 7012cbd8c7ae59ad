"""Certificates: a signed paper about a dispute, and what it tells whoever holds it.

A certificate states what was disputed, where, when, and what came of it, with the number masked and nobody named. Its
code (100 random bits) is the key to the page where anybody can see that it is genuine and how the dispute stands now.
The statement is signed with Ed25519, so that the paper can be checked without us, and so that a row that somebody wrote
into our database is no certificate.
"""

import hmac
import json
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lookups.audit import services as audit
from lookups.audit.models import Action, ActorKind
from lookups.disputes.models import Certificate, Dispute
from lookups.disputes.moves import locked
from lookups.disputes.services import NotYours
from lookups.identity import codes, throttling
from lookups.identity.models import Account
from lookups.vault import blind, signing

CODE_CHARACTERS = 20
SIGNED_AS = b"numbers in my name, certificate, version 1\n"


@dataclass(frozen=True)
class Paper:
    """A certificate as it was signed."""

    row: Certificate
    stated: dict[str, str]

    @property
    def code(self) -> str:
        return codes.grouped(self.stated["code"])


def issue(dispute: Dispute, *, account: Account) -> Paper:
    """A certificate of the dispute as it stands now; the latest where nothing has changed since. Raises NotYours."""
    if dispute.subject not in account.subjects():
        raise NotYours
    with transaction.atomic():
        dispute = locked(dispute.pk)
        paper = _latest(dispute)
        if paper is None or _facts(dispute).items() - paper.stated.items():
            paper = _new(dispute)
        audit.record(
            [dispute.subject],
            action=Action.CERTIFIED,
            actor_kind=ActorKind.CITIZEN,
            actor=account.pk,
            about=dispute.reference,
        )
    return paper


def find(code: str, *, source: str) -> Paper | None:
    """The certificate with this code, as somebody typed it; None alike for whatever is wrong. Raises TooManyTries."""
    typed = codes.normalise(code)
    attempt = throttling.begin("certificate", who=blind.index("certificate", typed), source=source)
    paper = genuine(_with_carriers().filter(code_hash=_hash(typed)).first())
    if paper is not None:
        attempt.succeeded()
    return paper


def genuine(row: Certificate | None) -> Paper | None:
    """What the certificate states, where we signed it as it stands, and for this very dispute and code."""
    if row is None or not _is_signed(row):
        return None
    stated = json.loads(row.statement or "")
    about_this = stated["dispute"] == str(row.dispute_id) and hmac.compare_digest(
        _hash(stated["code"]), bytes(row.code_hash)
    )
    return Paper(row, stated) if about_this else None


def is_about(dispute: Dispute, *, subject: uuid.UUID | None = None, number: str = "") -> bool:
    """Whether the dispute is by the person with this document, or about this number (E.164). Raises TooManyTries.

    Never refunded, and the same count whoever asks from wherever: the digits that the paper hides cannot be tried out.
    """
    throttling.begin("comparison", who=dispute.pk, source=f"dispute {dispute.pk}")
    persons = Account.objects.filter(pk=dispute.account).first()
    subjects = {dispute.subject, *(persons.subjects() if persons else [])}
    same_number = hmac.compare_digest(dispute.registration["number"].encode(), number.encode())
    audit.record(
        [dispute.subject],
        action=Action.COMPARED,
        actor_kind=ActorKind.HOLDER,
        purpose="certificate",
        about=dispute.reference,
    )
    return subject in subjects or same_number


def _with_carriers() -> "QuerySet[Certificate]":
    return Certificate.objects.select_related("dispute__carrier", "dispute__registered_with")


def _latest(dispute: Dispute) -> Paper | None:
    return genuine(_with_carriers().filter(dispute=dispute).order_by("-issued_at").first())


def _new(dispute: Dispute) -> Paper:
    now = timezone.now()
    code = codes.new(CODE_CHARACTERS)
    stated = _facts(dispute) | {"code": code, "issued_at": now.isoformat()}
    statement = json.dumps(stated, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    key, signature = signing.sign(SIGNED_AS + statement.encode())
    row = Certificate(dispute=dispute, issued_at=now, code_hash=_hash(code), key=key, signature=signature)
    row.statement = statement
    row.save(force_insert=True)
    return Paper(row, stated)


def _facts(dispute: Dispute) -> dict[str, str]:
    """What a certificate states of the dispute, in words for machines; the paper says the same to people."""
    return {
        "portal": settings.PORTAL_BASE_URL,
        "dispute": str(dispute.pk),
        "reference": dispute.reference,
        "number": str(dispute.masked),
        "carrier": dispute.registered_with.name,
        "answering": dispute.carrier.name,
        "reason": dispute.reason,
        "filed_at": dispute.filed_at.isoformat(),
        "answer_by": dispute.answer_by.isoformat(),
        "state": dispute.state,
        "outcome": dispute.outcome,
        "decided_by": dispute.decided_by,
        "decided_at": dispute.decided_at.isoformat() if dispute.decided_at else "",
    }


def _is_signed(row: Certificate) -> bool:
    return signing.is_ours(SIGNED_AS + (row.statement or "").encode(), key=row.key, signature=bytes(row.signature))


def _hash(code: str) -> bytes:
    return blind.code_hash("certificate", code)
