"""``{% kept %}``: a part of a page that is put together once in a process, with ``{% live %}`` places filled each time.

A page is mostly the same sentences for everybody, and each costs a look into a catalogue and a walk through the
template every time. What stands between ``{% kept %}`` and ``{% endkept %}`` is rendered once in each language:

    {% kept by citizen=is_citizen %}
      <p>{% translate "Said to everybody." %}{% if citizen %}…{% endif %}</p>
      <p>{% live %}{{ page.heading }}{% endlive %}</p>
    {% endkept %}

The kept text is shared by everybody, so nobody's words may get into it: it is rendered without the page's context.
All that it can see are the values named after ``by``, which are few and short (truth values, small counts, texts of
ours), and each combination of which is kept apart. ``{% live %}`` parts see the page's whole context, and nothing that
a tag around them set inside the kept part. ``{% live as name %}`` gives its place a name, to stand in a sentence or in
an included part, and more than once:

    {% live as time %}{{ group.as_of|since }}{% endlive %}
    {% blocktranslate %}as of {{ time }}{% endblocktranslate %}
"""

import re
import uuid
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

Kept = tuple[str, list[int], list[Node | NodeList]]
# Under this name the kept context holds the live parts met so far.
_LIVE = "live parts"
_PLACE = re.compile("\0([0-9]+)\0")
_INDENTED = re.compile(r"\s*\n\s*")


class LiveNode(Node):
    """Rendered each time; while the text around it is made for keeping, it leaves its place free."""

    def __init__(self, nodelist: NodeList, name: str | None) -> None:
        self.nodelist = nodelist
        self.name = name

    def render(self, context: Context) -> SafeString:
        met: list[Node | NodeList] | None = context.get(_LIVE)
        if met is None:
            given = self.nodelist.render(context)
        else:
            given = mark_safe(f"\0{len(met)}\0")  # noqa: S308 (a number)
            # Most live parts are a single value: that is rendered without a list around it.
            met.append(self.nodelist[0] if len(self.nodelist) == 1 else self.nodelist)
        if self.name is None:
            return given
        context[self.name] = given
        return SafeString("")


class KeptNode(Node):
    """Rendered once for each language and each combination of the values it is kept by."""

    def __init__(self, by: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.by = by
        self.nodelist = nodelist
        self._kept: dict[tuple[Any, ...], Kept] = {}

    def render(self, context: Context) -> SafeString:
        values = [expression.resolve(context) for expression in self.by.values()]
        key = (get_language(), *values)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = self._made(values, context)
        text, places, live = kept
        given = [part.render(context) for part in live]
        # Everything in it was escaped in its own rendering, now or when the text was made.
        return mark_safe(text % tuple([given[place] for place in places]))  # noqa: S308

    def _made(self, values: list[Any], context: Context) -> Kept:
        """The text with ``%s`` at each live place, which part goes there, and the parts."""
        for name, value in zip(self.by, values, strict=True):
            if not isinstance(value, bool | int | str | None):
                raise template.TemplateSyntaxError(
                    f"kept by {name}: {type(value).__name__} is no truth value, count or text"
                )
        live: list[Node | NodeList] = []
        alone = context.new(dict(zip(self.by, values, strict=True)) | {_LIVE: live})
        texts = _PLACE.split(_INDENTED.sub("\n", self.nodelist.render(alone)).replace("%", "%%"))
        return "%s".join(texts[::2]), [int(place) for place in texts[1::2]], live


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """``{% kept %}`` or ``{% kept by name=value … %}``."""
    _tag, *words = token.split_contents()
    if words and words.pop(0) != "by":
        raise template.TemplateSyntaxError("kept takes nothing, or: by name=value …")
    by = token_kwargs(words, parser)
    if words:
        raise template.TemplateSyntaxError(f"kept by: {words[0]} is not name=value")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(by, nodelist)


@register.tag
def live(parser: Parser, token: Token) -> LiveNode:
    """``{% live %}`` or ``{% live as name %}``: inside of ``{% kept %}``, what is made anew each time."""
    match token.split_contents():
        case [_]:
            name = None
        case [_, "as", name]:
            pass
        case _:
            raise template.TemplateSyntaxError("live takes nothing, or: as name")
    nodelist = parser.parse(("endlive",))
    parser.delete_first_token()
    return LiveNode(nodelist, name)


@register.simple_tag
def address_of(view: str, row: str) -> str:
    """Give the address of a view about one row by its id, also where that is a live place and known only later."""
    nothing = str(uuid.UUID(int=0))
    return reverse(view, args=[nothing]).replace(nothing, str(row))
