"""The numbers page: everything held under a person's documents, at every carrier, with what we know and do not know.

One query over registrations however many carriers and documents; a constant number of queries in all. Only the cards of
the page at hand are unsealed, except for a search by last digits, which unseals this one person's numbers.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lookups.audit import services as audit
from lookups.audit.models import Action, ActorKind
from lookups.carriers.models import Carrier
from lookups.disputes import wording
from lookups.disputes.models import Dispute
from lookups.identity.models import Account, IdentityDocument
from lookups.jurisdictions import rules, schemes
from lookups.prepared import Prepared
from lookups.registry import services as registry
from lookups.registry.cards import DATE, MANY_IN_A_DAY, Card, card_of
from lookups.registry.models import Confirmation, Registration, RegistrationQuerySet, Status

CARDS_ON_A_PAGE = 50
LONG = 12


class SearchForm(forms.Form):
    """The last digits of a number. By POST: digits stay out of addresses and logs."""

    digits = forms.CharField(
        label=gettext_lazy("Find a number by its last digits"),
        min_length=2,
        max_length=15,
        validators=[RegexValidator(r"^[0-9]+\Z", gettext_lazy("Type digits only."))],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": "8"}),
    )


@dataclass
class Limit:
    """How many lines count against the jurisdiction's limit, where the person is nearest to it."""

    held: int
    allowed: int
    carrier_name: str


@dataclass
class Group:
    """One carrier's cards."""

    carrier_name: str
    host_name: str
    as_of: datetime | None
    cards: list[Card] = field(default_factory=list)

    @property
    def has_host(self) -> bool:
        return bool(self.host_name)


@dataclass
class Page:
    """All that the numbers page shows."""

    total: int
    running: int
    groups: list[Group]
    carriers_answered: int
    carriers_total: int
    silent_carriers: list[str]
    documents: list[str]
    limit: Limit | None
    unusual: int
    search: SearchForm | None
    digits: str
    page_number: int
    pages: int

    @property
    def is_empty(self) -> bool:
        return self.total == 0

    @property
    def has_limit(self) -> bool:
        return self.limit is not None

    @property
    def is_long(self) -> bool:
        return self.total > LONG

    @property
    def search_form(self) -> SearchForm:
        return self.search or SearchForm()

    @property
    def is_all_here(self) -> bool:
        """Whether this page shows every number: what is counted over its cards is then true of all."""
        return self.pages == 1 and not self.digits

    @property
    def has_previous(self) -> bool:
        return self.page_number > 1

    @property
    def has_next(self) -> bool:
        return self.page_number < self.pages

    @property
    def heading(self) -> str:
        if self.is_empty:
            return _("We found no number under your ID")
        return ngettext(
            "%(count)s number is registered under your ID", "%(count)s numbers are registered under your ID", self.total
        ) % {"count": f"{self.total:,}"}


def numbers_page(account: Account, *, page_number: int = 1, search: SearchForm | None = None) -> Page:
    """Look up everything under this account's documents, and write down that it was looked up."""
    documents = _documents(account.pk)
    subjects = [document.subject for document in documents]
    digits = search.cleaned_data["digits"] if search and search.is_valid() else ""
    matches = _ending_with(digits, subjects) if digits else None
    page_number = max(1, page_number)
    shown = _from_page(page_number, subjects, matches)
    # Most people hold less than a page: what was read for the cards is counted, and no second query made.
    is_all = matches is None and page_number == 1 and len(shown) <= CARDS_ON_A_PAGE
    counts = _counted(shown) if is_all else _counts(subjects)
    found = counts.total if matches is None else len(matches)
    pages = max(1, -(-found // CARDS_ON_A_PAGE))
    if page_number > pages:
        page_number = pages
        shown = _from_page(page_number, subjects, matches)
    as_of = registry.carriers_as_of()
    shown = _at_their_carriers(shown[:CARDS_ON_A_PAGE], as_of)
    cards = _cards(shown, counts.by_day, *_claims(shown))
    audit.record(subjects, action=Action.LOOKED_UP, actor_kind=ActorKind.CITIZEN, actor=account.pk)
    active = [carrier for carrier in as_of if carrier.is_active]
    silent = [carrier.name for carrier in active if as_of[carrier] is None]
    return Page(
        total=counts.total,
        running=counts.running,
        groups=_groups(shown, cards, as_of),
        carriers_answered=len(active) - len(silent),
        carriers_total=len(active),
        silent_carriers=silent,
        documents=[document_label(document.scheme, document.added_at) for document in documents],
        limit=_limit(counts, active),
        unusual=sum(card.is_unusual for card in cards.values()),
        search=search,
        digits=digits,
        page_number=page_number,
        pages=pages,
    )


@Prepared
def _documents(account: uuid.UUID) -> QuerySet[IdentityDocument]:
    return IdentityDocument.objects.filter(account=account).order_by("added_at")


def _from_page(number: int, subjects: list[uuid.UUID], matches: list[uuid.UUID] | None) -> list[Registration]:
    """The registrations of a page, and one more where there is one."""
    start = (number - 1) * CARDS_ON_A_PAGE
    here = slice(start, start + CARDS_ON_A_PAGE + 1)
    if matches is not None:
        return list(_marked(_ordered(subjects).filter(pk__in=matches[here])))
    if number == 1 and subjects:
        return first_page(*subjects)
    return list(_marked(_ordered(subjects))[here])


@Prepared
def first_page(*subjects: uuid.UUID) -> QuerySet[Registration]:
    """The look-up of nearly everybody: one query however many carriers and documents."""
    return _marked(_ordered(subjects))[: CARDS_ON_A_PAGE + 1]


def _ordered(subjects: Iterable[uuid.UUID]) -> RegistrationQuerySet:
    return registry.registrations_of(subjects).order_by("carrier__name", "-activated_on", "id")


def _marked(chosen: RegistrationQuerySet) -> RegistrationQuerySet:
    """Each says whether somebody claimed something."""
    about = {"registration_id": OuterRef("pk")}
    return chosen.annotate(
        confirmed_at=Subquery(Confirmation.objects.filter(**about).values("confirmed_at")[:1]),
        is_disputed=Exists(Dispute.objects.open().filter(**about)),
    )


def _at_their_carriers(shown: list[Registration], carriers: Iterable[Carrier]) -> list[Registration]:
    """The same, each with its carrier: all of them were read once."""
    known = {carrier.pk: carrier for carrier in carriers}
    for registration in shown:
        registration.carrier = known[registration.carrier_id]
    return shown


def _claims(shown: list[Any]) -> tuple[dict[uuid.UUID, datetime], dict[uuid.UUID, Dispute]]:
    """What its citizen said of each: when it was confirmed, the open dispute."""
    disputed = [one.pk for one in shown if one.is_disputed]
    return {one.pk: one.confirmed_at for one in shown if one.confirmed_at}, _open_disputes(disputed) if disputed else {}


def _open_disputes(registration_ids: list[uuid.UUID]) -> dict[uuid.UUID, Dispute]:
    disputes = Dispute.objects.open().select_related("carrier").filter(registration_id__in=registration_ids)
    return {dispute.registration_id: dispute for dispute in disputes}


def _ending_with(digits: str, subjects: list[uuid.UUID]) -> list[uuid.UUID]:
    """Which of a person's numbers end so: all are unsealed, and of each row nothing else is read."""
    sealed = _ordered(subjects).only("number", "sealed_by")
    return [registration.pk for registration in sealed if registration.number.endswith(digits)]


def card_for(registration: Registration) -> Card:
    """One number's card, with its dispute and its confirmation."""
    same_day = registry.registrations_of([registration.subject]).filter(activated_on=registration.activated_on)
    marked = _marked(Registration.objects.filter(pk=registration.pk)).get()
    by_day = {registration.activated_on: same_day.count()}
    return _cards([registration], by_day, *_claims([marked]))[registration.pk]


def document_label(scheme: str, added_at: datetime) -> str:
    """An identity document in words. Its number is not stored, so it cannot be shown."""
    try:
        label = schemes.get(scheme).label
    except schemes.InvalidIdNumber:
        label = scheme
    return _("%(document)s, added %(date)s") % {"document": label, "date": date_format(added_at, DATE)}


@dataclass
class _Counts:
    total: int
    running: int
    by_day: dict[Any, int]
    by_carrier: dict[uuid.UUID, int]


def _counts(subjects: list[uuid.UUID]) -> _Counts:
    """Totals in one query: lines by carrier and by day of beginning."""
    running = Count("id", filter=~Q(status=Status.ENDED))
    held = registry.registrations_of(subjects)
    rows = held.values_list("carrier_id", "activated_on").annotate(lines=Count("id"), running=running)
    return _sum(rows)


def _counted(all_of_them: list[Registration]) -> _Counts:
    """The same of registrations that were read."""
    return _sum((one.carrier_id, one.activated_on, 1, int(not one.is_ended)) for one in all_of_them)


def _sum(rows: Iterable[tuple[Any, ...]]) -> _Counts:
    counts = _Counts(0, 0, {}, {})
    for carrier_id, day, lines, running in rows:
        counts.total += lines
        counts.running += running
        counts.by_day[day] = counts.by_day.get(day, 0) + running
        counts.by_carrier[carrier_id] = counts.by_carrier.get(carrier_id, 0) + running
    return counts


def _limit(counts: _Counts, carriers: list[Carrier]) -> Limit | None:
    rule = rules.current().per_person_limit
    if rule is None or not counts.running:
        return None
    if not rule.at_each_carrier:
        return Limit(counts.running, rule.lines, _("all carriers together"))
    names = {carrier.pk: carrier.name for carrier in carriers}
    fullest = max(counts.by_carrier, key=lambda carrier_id: counts.by_carrier[carrier_id])
    return Limit(counts.by_carrier[fullest], rule.lines, names.get(fullest, ""))


def _cards(
    shown: list[Registration],
    by_day: dict[Any, int],
    confirmed: dict[uuid.UUID, datetime],
    disputed: dict[uuid.UUID, Dispute],
) -> dict[uuid.UUID, Card]:
    cards = {}
    for registration in shown:
        day = by_day.get(registration.activated_on, 1)
        card = card_of(registration, opened_that_day=day if day >= MANY_IN_A_DAY else 1)
        if registration.pk in confirmed:
            card.is_settled = True
            date = date_format(confirmed[registration.pk], DATE)
            card.settled_label = _("You confirmed this on %(date)s") % {"date": date}
        if registration.pk in disputed:
            card.dispute = _DisputeOnCard(disputed[registration.pk])
        cards[registration.pk] = card
    return cards


class _DisputeOnCard:
    """What a card says of its dispute."""

    def __init__(self, dispute: Dispute) -> None:
        self.reference = dispute.reference
        self.headline = wording.short(dispute)
        self.get_absolute_url = dispute.get_absolute_url()


def _groups(
    shown: list[Registration], cards: dict[uuid.UUID, Card], as_of: dict[Carrier, datetime | None]
) -> list[Group]:
    """Cards by carrier; in each, what needs a look comes first and what has ended last."""
    groups: dict[uuid.UUID, Group] = {}
    for registration in shown:
        carrier = registration.carrier
        group = groups.setdefault(
            carrier.pk, Group(carrier.name, carrier.host.name if carrier.host else "", as_of[carrier])
        )
        group.cards.append(cards[registration.pk])
    for group in groups.values():
        group.cards.sort(key=lambda card: (card.is_ended, not card.is_unusual))
    return list(groups.values())
