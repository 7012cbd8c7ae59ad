"""``manage.py draw_states``: docs/states.md, the table of moves as a drawing. A test holds the file to the code."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from lookups.disputes import states
from lookups.disputes.states import MOVES, State

PATH = Path("docs", "states.md")


class Command(BaseCommand):
    help = "Write docs/states.md from the table of moves."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        (settings.BASE_DIR / PATH).write_text(drawing())
        self.stdout.write(f"{PATH} says what the code says.")


def drawing() -> str:
    """The whole file."""
    with translation.override("en"):
        return "\n".join([*_HEAD, *_diagram(), "", *_table(), ""])


_HEAD = [
    "# The states of a dispute",
    "",
    "Written by `manage.py draw_states` from `lookups/disputes/states.py`; change it there. `moves.move` allows",
    "nothing else and leaves a step for each move. Thick arrows lead to an end.",
    "",
]


def _diagram() -> list[str]:
    """A Mermaid flowchart. Who has to act next gives a state its colour."""
    lines = ["```mermaid", "flowchart TD"]
    lines += [f'  {state.name}["{state.label}"]:::{_kind(state)}' for state in State]
    for before in State:
        for after in _in_order(MOVES[before]):
            lines.append(f"  {before.name} {'==>' if after in states.OVER else '-->'} {after.name}")
    lines += [
        "  classDef carrier fill:#ecf1ff,stroke:#1a4cd2,color:#14213d",
        "  classDef stopped fill:#fff2de,stroke:#c2720f,color:#14213d",
        "  classDef over fill:#e6f5ec,stroke:#2c9a5a,color:#14213d",
        "  classDef open fill:#ffffff,stroke:#6b7690,color:#14213d",
        "```",
    ]
    return lines


def _table() -> list[str]:
    head = ["| state | in words | the carrier's clock | can become |", "|---|---|---|---|"]
    return head + [
        f"| `{state.value}` | {state.label} | {_clock(state)} | "
        f"{', '.join(f'`{after.value}`' for after in _in_order(MOVES[state])) or 'nothing: it is over'} |"
        for state in State
    ]


def _clock(state: State) -> str:
    if state in states.STOPPED:
        return "stands still, for a time"
    return "runs" if state in states.OWED else "–"


def _kind(state: State) -> str:
    if state in states.OVER:
        return "over"
    if state in states.STOPPED:
        return "stopped"
    return "carrier" if state in states.AT_CARRIER else "open"


def _in_order(moves: frozenset[State]) -> list[State]:
    """As the states stand in the code."""
    return [state for state in State if state in moves]
