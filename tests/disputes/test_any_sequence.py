"""Whatever citizen, carriers, officer, operator, feeds and clock do, in whatever order: the disputes stay sound.

A hypothesis state machine drives the real services on the real database. `make test` runs a few sequences;
``DISPUTE_SEQUENCES=3000 make test ARGS=tests/disputes/test_any_sequence.py`` runs as many as one likes, and with
``DISPUTE_SHRINK=1`` makes one that fails short.
"""

import dataclasses
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest_django import Settings

from lookups.carriers.models import Carrier
from lookups.disputes import moves
from lookups.disputes.models import Dispute, Step
from lookups.identity.models import Account
from lookups.jurisdictions import countries, rules
from lookups.jurisdictions.model import PORTAL_DEFAULT
from lookups.overview import figures
from tests.cast import make_registration
from tests.disputes.machine import UNDO, Disputes, World

pytestmark = pytest.mark.django_db

SEQUENCES = int(os.environ.get("DISPUTE_SEQUENCES", "8"))
STEPS = 40


@pytest.fixture
def world(wei: Account, ning: Account, olga: Account, northern: Carrier, western: Carrier, lotus: Carrier) -> World:
    own = [make_registration(wei, carrier, f"+861381234000{n}") for n, carrier in enumerate((northern, lotus))]
    return World(wei, ning, olga, own)


@pytest.mark.parametrize("silence", ["", "the Silence Act"], ids=["silence goes to the regulator", "silence decides"])
def test_any_sequence(world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch, silence: str) -> None:
    settings.PORTAL_UNDO_SECONDS = UNDO.total_seconds()
    monkeypatch.setattr(figures, "SMALLEST", 1)
    country = rules.current()
    limit = dataclasses.replace(PORTAL_DEFAULT, silence_decides=silence)
    monkeypatch.setitem(countries.ALL, country.code, dataclasses.replace(country, time_limits=(limit,)))
    taken: Counter[str] = Counter()
    machine = type("Machine", (Disputes,), {"world": world, "taken": taken})
    monkeypatch.setattr(moves, "leave_step", counting(moves.leave_step, taken))
    run_state_machine_as_test(machine, settings=_settings())
    print(dict(sorted(taken.items())))
    assert sum(taken.values()) > SEQUENCES, "something happened"


def counting(leave_step: Callable[..., Any], taken: Counter[str]) -> Callable[..., Any]:
    def counted(dispute: Dispute, *, before: str, **words: Any) -> Any:
        taken[f"{before} → {dispute.state}"] += 1
        return leave_step(dispute, before=before, **words)

    return counted


def _settings() -> settings:
    return settings(
        max_examples=max(1, SEQUENCES // 2),
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # Of a failure in the ordinary run the sequence itself is shown: making it short may take many minutes.
        phases=[phase for phase in Phase if phase != Phase.shrink or "DISPUTE_SHRINK" in os.environ],
    )


def test_every_act_can_be_reached(world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What chance seldom finds: each act of the machine does something, in a sequence that is written down."""
    monkeypatch.setattr(figures, "SMALLEST", 1)
    settings.PORTAL_UNDO_SECONDS = UNDO.total_seconds()
    taken: Counter[str] = Counter()
    machine = type("Machine", (Disputes,), {"world": world, "taken": taken})()
    try:
        machine.first(sent=True)
        machine.answer(2, "CONFIRMED", True, "")
        machine.appeal(2)
        machine.rule_on_it(2, "CANNOT_DETERMINE")
        machine.accept(2)
        machine.file(0, "cancel", ask_family=True)
        machine.ask_the_family_and_go_on(2)
        machine.send_now(2)
        machine.deliver(arrives=True)
        machine.answer(2, "MISROUTED", True, "western")
        machine.tick()
        machine.deliver(arrives=True)
        machine.ask(2)
        machine.time_passes(480)
        machine.tick()
        machine.say_more(2)
        machine.time_passes(480)
        machine.tick()
        machine.answer_late(2, "CONFIRMED", True)
        machine.rule_on_it(2, "REMOVED")
        machine.everything_is_sound()
        steps = set(Step.objects.values_list("why", flat=True))
    finally:
        machine.teardown()
    assert {"forwarded", "asked", "unanswered", "said_more", "late", "late_confirmed", "ordered"} <= steps
    assert (taken["can_appeal"], taken["can_rule"], taken["can_answer_late"]) == (1, 2, 1)
