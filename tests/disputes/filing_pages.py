"""Walking the pages of filing as a browser without JavaScript does: one answer after another."""

import re
from typing import Any

from django.test import Client

from lookups.registry.models import Registration

ANSWERS: dict[str, dict[str, Any]] = {
    "never_mine": {"family": "nobody"},
    "cancel": {"used_by": "nobody"},
    "already_cancelled": {"cancelled_when": "March 2024", "cancelled_how": "outlet"},
    "given_away": {"given_to": "acquaintance", "given_when": "spring 2023"},
    "wrong_details": {"wrong_what": ["plan", "date"]},
    "lost_document": {"document_what": "stolen", "document_when": "May 2025"},
}


def page_of(line: Registration, name: str = "") -> str:
    """The address of one page of the filing about this number."""
    return f"/numbers/{line.pk}/dispute/{name}/" if name and name != "reason" else f"/numbers/{line.pk}/dispute/"


def answer(client: Client, line: Registration, **answers: Any) -> str:
    """Give these answers, each on its page; where the last one led."""
    where = ""
    for name, value in answers.items():
        response = client.post(page_of(line, name), {name: value})
        assert response.status_code == 302, (name, response.status_code)
        where = response.url
    return where


def fill_in(client: Client, line: Registration, reason: str = "never_mine", statement: str = "", **more: Any) -> str:
    """All questions of a reason; the address of the review."""
    answer(client, line, reason=reason, **ANSWERS[reason] | more, statement=statement)
    return page_of(line, "review")


def send(client: Client, line: Registration) -> Any:
    """Read the review and send it."""
    return client.post(page_of(line, "review"), {"version": version_of(client, line)})


def version_of(client: Client, line: Registration) -> str:
    """What the review that is shown now says in its hidden field."""
    shown = client.get(page_of(line, "review"), follow=True).content.decode()
    found = re.search(r'name="version" value="([^"]+)"', shown)
    return found[1] if found else ""
