"""From a draft to disputes: which page comes next, what is still missing, whom to warn, and sending all at once.

Every page knows its place by what was typed so far; none of it is kept in the session.
"""

import dataclasses
import datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from lookups.disputes import drafts, questions, services
from lookups.disputes.models import Dispute, Draft, Step
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.jurisdictions import rules
from lookups.registry.models import Confirmation, Registration
from lookups.vault import masking

REASON, OTHERS, STATEMENT, EVIDENCE, WARNING, REVIEW = "reason", "others", "statement", "evidence", "warning", "review"
CHOSEN = "chosen"  # typed as well: the numbers were chosen before anything else was asked
# Pages with an address of their own; the others are questions.
_ADDRESSES = {REASON: "file", EVIDENCE: "evidence", REVIEW: "review"}
OFFERED_AT_ONCE = 200
DAY = datetime.timedelta(days=1)


class Incomplete(Exception):
    """Something is still to be answered: ``page`` asks it."""

    def __init__(self, page: str) -> None:
        self.page = page
        super().__init__(page)


class Changed(Exception):
    """The answers are not those that were read: another window has changed them."""


class TooMany(Exception):
    """More disputes than one person may file in a day; ``left`` may still be."""

    def __init__(self, left: int) -> None:
        self.left = left
        super().__init__("too many disputes in a day")


class TooSoon(Exception):
    """The last dispute about this number has only just ended."""


@dataclasses.dataclass
class Filing:
    """One filing on its way, named by the number that it began with."""

    account: Account
    registration: Registration
    draft: Draft | None

    @classmethod
    def about(cls, registration: Registration, account: Account) -> "Filing":
        return cls(account, registration, drafts.load(account=account.pk, registration_id=registration.pk))

    @cached_property
    def typed(self) -> dict[str, Any]:
        return self.draft.content if self.draft else {}

    @property
    def reason(self) -> str:
        return str(self.typed.get(REASON, ""))

    @property
    def version(self) -> str:
        """Changes with every answer."""
        return self.draft.saved_at.isoformat() if self.draft else ""

    @property
    def asks_family_first(self) -> bool:
        return self.particulars.get(questions.FAMILY) == questions.ASK_FIRST

    @property
    def particulars(self) -> dict[str, Any]:
        return questions.particulars(self.reason, self.typed)

    @cached_property
    def others(self) -> list[Registration]:
        """What else the person holds and could dispute now."""
        return list(disputable(self.account).exclude(pk=self.registration.pk)[:OFFERED_AT_ONCE])

    @cached_property
    def registrations(self) -> list[Registration]:
        """The numbers of this filing; those that were disputed meanwhile are left out."""
        chosen = set(self.typed.get(OTHERS, []))
        return [self.registration, *(one for one in self.others if str(one.pk) in chosen)]

    @cached_property
    def to_warn_of(self) -> list[Registration]:
        """Numbers of this filing that the person uses, as far as we know."""
        ids = [one.pk for one in self.registrations]
        confirmed = set(Confirmation.objects.filter(registration_id__in=ids).values_list("registration_id", flat=True))
        return [one for one in self.registrations if one.pk in confirmed or _is_in_an_address(one, self.account)]

    @property
    def pages(self) -> list[str]:
        """The path of this filing, up to its review."""
        others = [OTHERS] if self.others and not self.typed.get(CHOSEN) else []
        asked = [question.name for question in questions.of(self.reason)]
        warning = [WARNING] if self.to_warn_of else []
        return [REASON, *others, *asked, STATEMENT, EVIDENCE, *warning, REVIEW]

    @property
    def missing(self) -> str:
        """The first page that has to be answered and is not; "" where there is none."""
        if not self.reason:
            return REASON
        for question in questions.of(self.reason):
            if question.required and not self.typed.get(question.name):
                return question.name
        if questions.statement_of(self.reason).required and not self.typed.get(STATEMENT):
            return STATEMENT
        return WARNING if {str(one.pk) for one in self.to_warn_of} - set(self.typed.get(WARNING, [])) else ""

    def after(self, page: str) -> str:
        pages = self.pages
        return pages[pages.index(page) + 1] if page in pages[:-1] else REVIEW

    def before(self, page: str) -> str:
        """ "" before the first."""
        pages = self.pages
        return pages[pages.index(page) - 1] if page in pages[1:] else ""

    def address(self, page: str) -> str:
        if page in _ADDRESSES:
            return reverse(f"disputes:{_ADDRESSES[page]}", args=[self.registration.pk])
        return reverse("disputes:question", args=[self.registration.pk, page])

    def keep(self, **typed: Any) -> "Filing":
        """Keep these answers; what follows from them is the new filing's."""
        draft = drafts.save(account=self.account.pk, registration_id=self.registration.pk, **typed)
        return Filing(self.account, self.registration, draft)


def disputable(account: Account) -> Any:
    """What this person holds, still runs, and is in no dispute that is open or has only just ended; newest first."""
    subjects = account.subjects()
    disputed = Dispute.objects.open().of(subjects).values("registration_id")
    ended = _just_ended().filter(dispute__subject__in=subjects).values("dispute__registration_id")
    own = Registration.objects.of(subjects).running().exclude(pk__in=disputed).exclude(pk__in=ended)
    return own.select_related("carrier__host").order_by("-activated_on", "id")


def open_dispute(registration: Registration) -> Dispute | None:
    return Dispute.objects.open().filter(registration_id=registration.pk).first()


def left_today(account: Account) -> int:
    """How many disputes this person may file now. Those that were taken back count as well."""
    today = Dispute.objects.filter(account=account.pk, filed_at__gt=timezone.now() - DAY).count()
    return max(0, rules.current().caps.filed_in_a_day - today)


def is_cooling_off(registration: Registration) -> bool:
    """The last dispute about it was at the carrier and ended a moment ago."""
    return _just_ended().filter(dispute__registration_id=registration.pk).exists()


def _just_ended() -> "QuerySet[Step]":
    since = timezone.now() - rules.current().caps.cooling_off
    return Step.objects.filter(after__in=(State.WITHDRAWN, State.CLOSED), at__gt=since)


def send(registration: Registration, account: Account, *, version: str) -> list[Dispute]:
    """File everything that the draft about this number says, in one transaction, and forget the draft.

    ``version`` is the one that was read. Raises Changed, Incomplete, TooMany or TooSoon; then nothing was filed and the
    draft is as it was. A second click comes after the first (the account is locked) and finds no draft: Incomplete.
    """
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        filing = Filing.about(registration, account)
        if filing.draft is None or filing.missing:
            raise Incomplete(filing.missing or REASON)
        if filing.version != version:
            raise Changed
        left = left_today(account)
        if len(filing.registrations) > left:
            raise TooMany(left)
        if is_cooling_off(registration):
            raise TooSoon
        files = list(filing.draft.evidence.listed())
        filed = [
            services.file(
                one,
                account=account,
                reason=filing.reason,
                statement=filing.typed.get(STATEMENT, ""),
                particulars=filing.particulars,
                evidence=files,
                ask_family=filing.asks_family_first,
            )
            for one in filing.registrations
        ]
        filing.draft.evidence.update(draft=None)
        filing.draft.delete()
    return filed


def _is_in_an_address(registration: Registration, account: Account) -> bool:
    """Many mail addresses are the owner's number: our notices go there."""
    _country, national = masking.split(registration.number)
    return any(national in address for address in (account.email, account.second_email) if address)
