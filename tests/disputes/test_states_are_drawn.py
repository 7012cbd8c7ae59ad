"""docs/states.md says what the table of moves says."""

import re

from django.conf import settings

from lookups.disputes.management.commands import draw_states
from lookups.disputes.states import MOVES, State


def test_the_drawing_in_the_docs_is_the_present_one() -> None:
    written = (settings.BASE_DIR / draw_states.PATH).read_text()
    assert written == draw_states.drawing(), "run manage.py draw_states"


def test_every_move_is_an_arrow_and_every_arrow_a_move() -> None:
    arrows = re.findall(r"^  (\w+) (?:-->|==>) (\w+)$", draw_states.drawing(), re.MULTILINE)
    assert sorted(arrows) == sorted((before.name, after.name) for before in State for after in MOVES[before])
