"""A second identity document for an account: an old passport, a renewed card. Proved like the first one, by a code."""

import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone

from lookups.identity import changes, codes, throttling
from lookups.identity.models import Account, ActivationCode, IdentityDocument
from lookups.identity.reports import report_failure
from lookups.vault import blind


def add(account: Account, *, subject: uuid.UUID, scheme: str, code: str, source: str) -> bool:
    """Whether the document is this account's now. False alike for a wrong, used or expired code, and for a document
    that has an account, be it this one. Raises TooManyTries."""
    try:
        attempt = throttling.begin("enrolment", who=subject, source=source)
    except throttling.TooManyTries:
        _report(account, source, "too_many_tries")
        raise
    try:
        with transaction.atomic():
            added = _add(account, subject, scheme, code)
    except IntegrityError:
        added = False  # the document came to another account meanwhile: its unique subject decided
    if not added:
        _report(account, source, "wrong")
        return False
    attempt.succeeded()
    return True


def _add(account: Account, subject: uuid.UUID, scheme: str, code: str) -> bool:
    Account.objects.select_for_update().get(pk=account.pk)
    hashed = blind.code_hash("activation", codes.normalise(code))
    mine = ActivationCode.objects.select_for_update().filter(subject=subject, used_at=None).order_by("pk")
    found = [one for one in mine if bytes(one.code_hash) == hashed and one.scheme == scheme]
    if not found or found[0].expires_at <= timezone.now():
        return False
    if IdentityDocument.objects.filter(subject=subject).exists():
        return False
    IdentityDocument.objects.create(account=account, scheme=scheme, subject=subject)
    ActivationCode.objects.filter(subject=subject, used_at=None).update(used_at=timezone.now())
    changes.announce(account, what="document_added")
    return True


def _report(account: Account, source: str, reason: str) -> None:
    report_failure("document_refused", account=account, source=source, factor="activation_code", reason=reason)
