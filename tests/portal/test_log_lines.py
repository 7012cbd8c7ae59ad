"""A line of the log: no text of an exception, and nothing that could be somebody's number, whoever wrote the line."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from celery import Celery
from django.test import Client

from portal.logging import LOGGING_CONFIGURATION


class Lines(logging.Handler):
    """What would be on standard error."""

    def __init__(self) -> None:
        super().__init__()
        options = dict(LOGGING_CONFIGURATION["formatters"]["json"])
        self.setFormatter(options.pop("()")(**options))
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def log() -> Iterator[Lines]:
    handler = Lines()
    loggers = [logging.getLogger(name) for name in ("", "django")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.mark.parametrize(
    "typed",
    [
        "+8615926037418",
        "159 2603 7418",
        "44030119930817103X",
        "440301-19930817-103x",
        "159\N{NO-BREAK SPACE}2603\N{NO-BREAK SPACE}7418",
        "１５９２６０３７４１８",
    ],
)
def test_digits_in_an_address_are_taken_out(log: Lines, client: Client, db: None, typed: str) -> None:
    assert client.get(f"/numbers/{typed}/").status_code == 404
    (line,) = [one for one in log.lines if one["logger"] == "django.request"]
    assert line["event"].startswith("Not Found: /numbers/")
    assert not any(character.isdigit() for character in line["event"])
    assert "x" not in line["event"].lower()


@pytest.mark.parametrize("address", ["/verify/{}/", "/account/freeze/{}/", "/account/addresses/{}/"])
def test_a_code_in_an_address_is_taken_out(log: Lines, client: Client, db: None, address: str) -> None:
    assert client.put(address.format("GR8QQFR862A9S8TW1S73")).status_code >= 400
    (line,) = [one for one in log.lines if one["logger"] == "django.request"]
    assert "GR8Q" not in line["event"]
    assert address.format("…") in line["event"]


def test_our_own_ids_stay(log: Lines) -> None:
    key = "01234567-89ab-4cde-8012-345678901234"
    structlog.get_logger("portal.test").warning("message_parked", message=key)
    assert log.lines[-1]["message"] == key


def test_few_digits_stay(log: Lines) -> None:
    logging.getLogger("portal.test").warning("Not Found: /disputes/K7M-3QX9-4/ after 12345 tries")
    assert log.lines[-1]["event"] == "Not Found: /disputes/K7M-3QX9-4/ after 12345 tries"


def test_an_exception_is_its_type_and_its_places(log: Lines) -> None:
    try:
        raise ValueError("heliotrope") from KeyError("canary")
    except ValueError:
        logging.getLogger("portal.test").exception("broken")
    line = log.lines[-1]
    assert line["exception"][0] == "builtins.ValueError"
    assert "builtins.KeyError" in line["exception"]
    assert "heliotrope" not in json.dumps(line)
    assert "canary" not in json.dumps(line)


def test_a_task_that_fails_says_neither_why_nor_with_what(log: Lines) -> None:
    app = Celery("test", broker="memory://", set_as_current=False)

    @app.task(name="test.breaks")
    def breaks(words: str) -> None:
        raise ValueError(words)

    breaks.apply(args=["heliotrope canary"])
    (line,) = [one for one in log.lines if one["logger"] == "celery.app.trace"]
    assert line["event"] == "Task test.breaks raised unexpected"
    assert line["exception"][0] == "builtins.ValueError"
    assert "heliotrope" not in json.dumps(log.lines)
