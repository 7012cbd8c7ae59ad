"""Keeping a citizen's files: each is made anew by ``cleaner``, counted, sealed; and given out as a download alone."""

import json
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lookups.disputes import services
from lookups.disputes.models import Attachment, Dispute, Draft, Evidence
from lookups.disputes.moves import locked
from lookups.identity import throttling
from lookups.identity.models import Account

log = structlog.get_logger(__name__)

CLEANER = Path(__file__).with_name("cleaner.py")
SECONDS = 30
# So many at once in one process: the others wait a moment, and the pages go on.
_turns = threading.BoundedSemaphore(2)

_REFUSALS: dict[str, str | Promise] = {
    "type": gettext_lazy("We take PDF, JPEG, PNG and HEIC. This file is something else, whatever its name says."),
    "broken": gettext_lazy("We could not read this file. Save or photograph it once more and try again."),
    "encrypted": gettext_lazy("This PDF is locked with a password. Save it without one and try again."),
    "pixels": gettext_lazy("This picture has too many pixels. Take it with a lower resolution and try again."),
    "pages": gettext_lazy("This PDF has too many pages, or none. Up to 60 are fine: choose those that matter."),
    "unpacks": gettext_lazy("This file unpacks to far more than it seems to be. We do not open such files."),
    "time": gettext_lazy("This file takes too long to read. Save or photograph it once more and try again."),
    "often": gettext_lazy("You have added many files within an hour. Wait a few minutes, then try again."),
    "busy": gettext_lazy("Many people are adding files just now. Try again in a minute."),
}


class EvidenceRefused(Exception):
    """The sentence for whoever sent it. Nothing of the file was kept."""


def too_large() -> str:
    """The sentence about the limit of size."""
    return _("This file is too large: up to %(megabytes)d MB are fine. Photographs are usually smaller.") % {
        "megabytes": settings.EVIDENCE_MAX_BYTES // 1_000_000
    }


def clean(data: bytes) -> tuple[str, bytes]:
    """Kind and content of the file made anew. Raises EvidenceRefused."""
    if not _turns.acquire(timeout=SECONDS):
        raise EvidenceRefused(str(_REFUSALS["busy"]))
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CLEANER)], input=data, capture_output=True, timeout=SECONDS, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise _refused("time") from None
    finally:
        _turns.release()
    head, _newline, content = done.stdout.partition(b"\n")
    answer = json.loads(head) if done.returncode == 0 and head else {"refused": "broken"}
    if "refused" in answer:
        raise _refused(answer["refused"])
    return answer["kind"], content


def _refused(reason: str) -> EvidenceRefused:
    log.info("evidence_refused", reason=reason)
    return EvidenceRefused(str(_REFUSALS[reason]))


def _take_turn(account: uuid.UUID) -> None:
    """So many files an hour: each costs us seconds of work."""
    try:
        throttling.begin("evidence", who=account, source=f"account {account}")
    except throttling.TooManyTries:
        raise _refused("often") from None


def add(draft: Draft, *, name: str, data: bytes) -> Evidence:
    """Keep one more file with this draft; the same file again is the one that is there. Raises EvidenceRefused."""
    _count(draft)
    _take_turn(draft.account)
    kind, content = clean(data)
    with transaction.atomic():
        # Two tabs: one after the other, so that both count.
        Draft.objects.select_for_update().filter(pk=draft.pk).first()
        known = _same(draft.evidence.all(), kind, content)
        if known is not None:
            return known
        _count(draft)
        return _sealed(draft.account, kind, content, name=name, draft=draft)


def add_to(dispute: Dispute, *, account: Account, name: str, data: bytes) -> None:
    """Add one more file to an open dispute. Raises EvidenceRefused, or MoveRefused where nobody decides any more."""
    _room(dispute.attachments.count())
    _take_turn(account.pk)
    kind, content = clean(data)
    with transaction.atomic():
        locked(dispute.pk)
        if _same(Evidence.objects.filter(attachments__dispute=dispute), kind, content) is not None:
            return
        _room(dispute.attachments.count())
        evidence = _sealed(account.pk, kind, content, name=name)
        services.add_evidence(dispute, account=account, evidence=evidence)


def _same(kept: QuerySet[Evidence], kind: str, content: bytes) -> Evidence | None:
    return next((one for one in kept.filter(kind=kind, size=len(content)) if one.content == content), None)


def _sealed(account: uuid.UUID, kind: str, content: bytes, *, name: str, draft: Draft | None = None) -> Evidence:
    evidence = Evidence(
        id=uuid.uuid4(), account=account, draft=draft, kind=kind, size=len(content), added_at=timezone.now()
    )
    evidence.name, evidence.content = name[:100], content
    evidence.save(force_insert=True)
    return evidence


def _room(files: int) -> None:
    most = settings.EVIDENCE_MAX_FILES
    if files >= most:
        raise EvidenceRefused(_("There is room for %(most)d files: choose those that show it best.") % {"most": most})


def _count(draft: Draft) -> None:
    _room(draft.evidence.count())
    if Evidence.objects.unsent(draft.account).count() >= settings.EVIDENCE_MAX_UNSENT:
        raise EvidenceRefused(_("Too many of your files wait with numbers that you have not disputed yet."))


def download(attachment: Attachment, reference: str) -> HttpResponse:
    """The file, to be saved and never shown within a page; its name says nothing of anybody."""
    evidence = attachment.evidence
    name = f"{reference}-{attachment.position}.{'pdf' if evidence.kind == 'pdf' else 'jpg'}"
    return HttpResponse(
        evidence.content,
        content_type=evidence.content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )
