"""What is kept of a page is made once in each language, fills its live places each time, and holds nobody's words."""

import uuid
from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.urls import reverse
from django.utils import translation

LOAD = "{% load kept i18n %}"


def shown(template: Template, **values: Any) -> str:
    return " ".join(template.render(Context(values)).split())


class Counted:
    """Says how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def words(self) -> str:
        self.asked += 1
        return f"asked {self.asked}"


def test_the_kept_part_is_made_once_and_the_live_part_each_time() -> None:
    template = Template(LOAD + "{% kept by who=who %}{{ who }}: {% live %}{{ count.words }}{% endlive %}{% endkept %}")
    count = Counted()
    assert [shown(template, who=who, count=count) for who in ("we", "you", "we")] == [
        "we: asked 1",
        "you: asked 2",
        "we: asked 3",
    ]


def test_a_value_that_it_is_not_kept_by_cannot_get_in() -> None:
    template = Template(LOAD + "{% kept %}[{{ name }}]{% endkept %}")
    assert shown(template, name="Wei Zhang") == shown(template, name="Olga") == "[]"


@pytest.mark.parametrize("value", [0.5, ["Wei"], object()])
def test_it_is_kept_by_truth_values_counts_and_texts_alone(value: object) -> None:
    with pytest.raises((TemplateSyntaxError, TypeError)):
        shown(Template(LOAD + "{% kept by value=value %}{% endkept %}"), value=value)


def test_each_language_has_its_own() -> None:
    template = Template(LOAD + "{% kept %}{% get_current_language as language %}{{ language }}{% endkept %}")
    for language in ("en", "es", "en"):
        with translation.override(language):
            assert shown(template) == language


def test_what_is_live_is_escaped_once() -> None:
    template = Template(
        LOAD + "{% kept %}{% live as it %}{{ name }}{% endlive %}<b>{{ it }}</b> {{ it }} 100 %{% endkept %}"
    )
    for _again in range(2):
        assert shown(template, name="<A & B> %s") == "<b>&lt;A &amp; B&gt; %s</b> &lt;A &amp; B&gt; %s 100 %"


def test_a_place_with_a_name_stands_in_a_sentence_and_in_an_address() -> None:
    template = Template(
        LOAD + "{% kept %}{% live as id %}{{ row }}{% endlive %}{% live as time %}{{ at }}{% endlive %}"
        "{% blocktranslate %}as of {{ time }}{% endblocktranslate %} {% address_of 'overview:number' id %}{% endkept %}"
    )
    for at in ("noon", "midnight"):
        row = uuid.uuid4()
        assert shown(template, row=row, at=at) == f"as of {at} {reverse('overview:number', args=[row])}"


def test_parts_within_one_another() -> None:
    inner = "{% kept by kind=kind %}{{ kind }} {% live %}{{ one }}{% endlive %}{% endkept %}"
    template = Template(
        LOAD + "{% kept %}{% live %}{% for one in all %}" + inner + ", {% endfor %}{% endlive %}end{% endkept %}"
    )
    assert shown(template, kind="number", all=[1, 2]) == "number 1, number 2, end"
    assert shown(template, kind="line", all=[3]) == "line 3, end"


def test_without_a_kept_part_around_it_a_live_part_is_nothing_special() -> None:
    assert (
        shown(Template(LOAD + "{% live %}{{ a }}{% endlive %}{% live as b %}{{ a }}{% endlive %}-{{ b }}"), a=1)
        == "1-1"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        "{% kept of a=b %}{% endkept %}",
        "{% kept by a %}{% endkept %}",
        "{% live it %}{% endlive %}",
        "{% live as %}{% endlive %}",
    ],
)
def test_a_mistake_is_told(wrong: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        Template(LOAD + wrong)
