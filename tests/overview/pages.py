"""A page as its reader has it: the words alone."""

import html
import re

from django.http import HttpResponse


def words(response: HttpResponse) -> str:
    """The text of a page without its tags, in one line."""
    assert response.status_code == 200, response.status_code
    text = re.sub(r"<(title|style|script)\b.*?</\1>|<[^>]*>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(text)).strip()
