"""Where somebody is signed in: listed for its owner, and ended.

All sessions of an account end at once by its epoch: every session carries a hash of it, so that not even a request
that is under way in one of them leaves it alive.
"""

import dataclasses
import datetime
import uuid

from django.contrib import auth
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from lookups.identity import browsers
from lookups.identity.models import Account, SignedInSession

ACTIVE_AT = "active_at"
VERIFIED_AT = "verified_at"


@dataclasses.dataclass(frozen=True)
class OpenSession:
    """One of them, as its owner sees it."""

    id: uuid.UUID
    label: str
    started_at: datetime.datetime
    active_at: datetime.datetime
    is_this: bool


def opened(request: HttpRequest, account: Account) -> None:
    """Note the session that begins with this request; forget those of this account that are over."""
    if request.session.session_key is None:
        request.session.create()
    rows = SignedInSession.objects.filter(account=account.pk)
    alive = Session.objects.filter(session_key__in=rows.values("session_key"), expire_date__gt=timezone.now())
    rows.exclude(session_key__in=list(alive.values_list("session_key", flat=True))).delete()
    SignedInSession.objects.create(
        account=account.pk,
        session_key=request.session.session_key or "",
        label=browsers.family(request.headers.get("User-Agent", "")),
    )


def new_key(request: HttpRequest) -> None:
    """A new key for this session, here and in the list."""
    before = request.session.session_key
    request.session.cycle_key()
    SignedInSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def closed(request: HttpRequest) -> None:
    """This session is about to be deleted."""
    SignedInSession.objects.filter(session_key=request.session.session_key or "").delete()


def listed(request: HttpRequest, account: Account) -> list[OpenSession]:
    """Where this person is signed in with both factors, this session first, then the latest active."""
    rows = {row.session_key: row for row in SignedInSession.objects.filter(account=account.pk)}
    found = []
    for session in Session.objects.filter(session_key__in=rows, expire_date__gt=timezone.now()):
        said = session.get_decoded()
        row = rows[session.session_key]
        if VERIFIED_AT in said:
            active = datetime.datetime.fromtimestamp(int(said.get(ACTIVE_AT, 0)), tz=datetime.UTC)
            is_this = row.session_key == request.session.session_key
            found.append(OpenSession(row.pk, browsers.in_words(row.label), row.started_at, active, is_this))
    return sorted(found, key=lambda one: (one.is_this, one.active_at), reverse=True)


def end_one(account: Account, session_id: uuid.UUID) -> bool:
    """End one session of this account; False where it has none with this id."""
    row = SignedInSession.objects.filter(account=account.pk, pk=session_id).first()
    if row is None:
        return False
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()
    return True


@transaction.atomic
def end_all(account: Account, *, but: str | None = None) -> int:
    """End every session of this account, half-way ones too; how many were known. ``but``: a key whose row stays, whose
    session needs the account's new hash (``end_others``)."""
    Account.objects.filter(pk=account.pk).update(sessions_epoch=F("sessions_epoch") + 1)
    account.refresh_from_db(fields=["sessions_epoch"])
    rows = SignedInSession.objects.filter(account=account.pk).exclude(session_key=but or "")
    Session.objects.filter(session_key__in=list(rows.values_list("session_key", flat=True))).delete()
    ended, _ = rows.delete()
    return ended


def end_others(request: HttpRequest, account: Account) -> int:
    """End every session of this account but this one, which gets a new key; how many were known."""
    before = request.session.session_key
    ended = end_all(account, but=before)
    auth.update_session_auth_hash(request, account)
    SignedInSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
    return ended
