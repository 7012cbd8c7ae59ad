"""A masked number inside a sentence stays in one piece, and what stands around it stays escaped."""

from django.template import Context, Template


def rendered(text: str) -> str:
    return Template("{% load numbers %}{{ text|unbroken }}").render(Context({"text": text}))


def test_a_masked_number_is_kept_together() -> None:
    assert rendered("Northern Telecom is looking into +86 138 •••• 4471.") == (
        'Northern Telecom is looking into <bdi class="keep">+86 138 •••• 4471</bdi>.'
    )


def test_a_sentence_without_a_number_is_left_alone() -> None:
    assert rendered("Removed on 27 November 2026") == "Removed on 27 November 2026"


def test_a_statement_cannot_smuggle_markup_in() -> None:
    assert rendered("<b>+86 138 •••• 4471</b>") == '&lt;b&gt;<bdi class="keep">+86 138 •••• 4471</bdi>&lt;/b&gt;'
