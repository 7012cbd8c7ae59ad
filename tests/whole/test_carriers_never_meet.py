"""A carrier's clerk walks every address of the console with the ids of another carrier's rows (S14)."""

from typing import Any

import pytest

from lookups.audit.models import AccessRecord
from lookups.carriers.models import Channel, Membership
from lookups.disputes.models import Dispute, HandoverMessage, InboxEvent
from lookups.registry.models import Feed
from portal.console import site
from tests.whole.addresses import every_address
from tests.whole.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)

#: By which column a row is a carrier's.
CARRIERS = {
    Dispute: "carrier",
    HandoverMessage: "handover__carrier",
    InboxEvent: "carrier",
    Feed: "carrier",
    Channel: "carrier",
    Membership: "carrier",
}


def foreign_ids(world: World) -> dict[Any, str]:
    """For each table of the console one row of Eastern, which is not Ning's carrier."""
    eastern = world.at_carrier.carrier
    return {model: str(model.objects.filter(**{column: eastern}).first().pk) for model, column in CARRIERS.items()}


def test_every_table_of_the_console_but_the_carriers_themselves_is_kept_apart() -> None:
    apart = {model.__name__ for model in CARRIERS}
    # Activation codes belong to no carrier, and to no carrier's staff (tests/identity/test_counter.py).
    assert {model.__name__ for model in site._registry} - apart == {"Carrier", "ActivationCode"}


def test_a_clerk_finds_nothing_of_another_carrier(world: World) -> None:
    as_ning, ids = world.signed_in("ning"), foreign_ids(world)
    secrets = [b"Eastern", b"eli@", *(one.reference.encode() for one in (world.at_carrier, world.question))]
    records = AccessRecord.objects.filter(subject__in=world.accounts["wei"].subjects()).count()
    before = list(Dispute.objects.order_by("pk").values("pk", "state", "outcome", "carrier"))
    shown, opened = [], []
    for one in every_address(world.values):
        if not one.in_console:
            continue
        model = getattr(getattr(one.view, "model_admin", None), "model", None)
        path = _about(one.path, model, ids)
        for ask in (as_ning.get, as_ning.post):
            answer = ask(path, {"action": "try_again", "_selected_action": ids.get(model, "")})
            if path != one.path and answer.status_code == 200:
                opened.append(one.name)
            if any(secret in answer.content for secret in secrets):
                shown.append(one.name)
    assert (shown, opened) == ([], [])
    assert list(Dispute.objects.order_by("pk").values("pk", "state", "outcome", "carrier")) == before
    assert AccessRecord.objects.filter(subject__in=world.accounts["wei"].subjects()).count() == records


def _about(path: str, model: Any, ids: dict[Any, str]) -> str:
    """The same page about the other carrier's row."""
    own = model._default_manager.order_by("pk").first() if model else None
    return path.replace(str(own.pk), ids[model]) if own and model in ids else path


def test_searching_and_filtering_do_not_find_it_either(world: World) -> None:
    as_ning = world.signed_in("ning")
    eastern = world.at_carrier.carrier
    for query in (
        f"q={world.at_carrier.reference}&show=all",
        f"carrier__id__exact={eastern.pk}",
        f"carrier={eastern.pk}&show=all",
        "show=all&o=6",
        f"id__exact={world.at_carrier.pk}",
        f"subject={world.at_carrier.subject}",
        "all=&show=all",
        "_facets=True&show=all",
    ):
        answer = as_ning.get(f"/console/disputes/dispute/?{query}", follow=True)
        found = answer.content.replace(f'value="{world.at_carrier.reference}"'.encode(), b"")
        found = found.replace(f"q={world.at_carrier.reference}".encode(), b"")
        assert world.at_carrier.reference.encode() not in found, query
        assert b"Eastern" not in found, query
