"""Logs: one JSON object a line on standard error, without personal data.

Exceptions are logged as their type and the places they passed through. Their texts are left out on purpose: a text may
quote the value that was wrong, and values here are people's numbers. Lines of other people's code quote more: addresses
with whatever somebody typed into them, and texts of exceptions. Digits that could be a number are taken out of those.
"""

import re
import traceback
from types import TracebackType
from typing import Any

import structlog

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def shed_exception_text(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace ``exc_info`` by the exception's type and its frames (file, line, function)."""
    exc_info = event.pop("exc_info", None)
    if exc_info is True or isinstance(exc_info, BaseException):
        error = exc_info if isinstance(exc_info, BaseException) else None
    elif isinstance(exc_info, tuple):
        error = exc_info[1]
    else:
        error = None
    if error is not None:
        event["exception"] = describe(error)
    event.pop("stack_info", None)
    return event


# Six digits or more in a row, grouped or not, and the X of a Chinese identity number. Django writes what is not ASCII
# as Python does: the wide digits of an input method as \uff10 to \uff19, a space that does not break as \xa0.
_DIGIT = r"(?:\d|\\uff1\d)"
_BETWEEN = r"(?:[\s\-]|\\x[0-9a-f]{2}|\\u20[0-9a-f]{2})?"
_COULD_BE_A_NUMBER = re.compile(f"{_DIGIT}(?:{_BETWEEN}{_DIGIT}){{5,}}[Xx]?")


# What stands in these addresses opens something: a certificate, a link in a mail.
_CODE_IN_AN_ADDRESS = re.compile(r"(/(?:verify|account/freeze|account/addresses)/)[^/\s]+")


def hide_numbers(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Take everything that could be somebody's number, and codes in addresses, out of a line's text (``event``)."""
    if isinstance(event.get("event"), str):
        event["event"] = _COULD_BE_A_NUMBER.sub("…", _CODE_IN_AN_ADDRESS.sub(r"\1…", event["event"]))
    return event


def shorten_task_failures(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Celery writes the exception's text into its line; the task and the exception's type are enough."""
    task = getattr(event.get("_record"), "data", None)
    if isinstance(task, dict) and "exc" in task:
        event["event"] = f"Task {task.get('name')} {task.get('description')}"
    return event


def describe(error: BaseException) -> list[str]:
    """An exception and its causes, without their texts."""
    lines: list[str] = []
    current: BaseException | None = error
    while current is not None and len(lines) < 100:
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}")
        lines += [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(current.__traceback__)
        ]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return lines


_PROCESSORS: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    shed_exception_text,
    shorten_task_failures,
    hide_numbers,
]

structlog.configure(
    processors=[*_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

LOGGING_CONFIGURATION: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _PROCESSORS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # Its lines quote addresses with what people typed into them.
        "django.server": {"handlers": [], "propagate": False},
        # In our form too: it quotes requests that cannot be read.
        "gunicorn.error": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # It names every character that is embedded in a letter: those of names and addresses.
        "fontTools": {"level": "ERROR"},
        "celery": {"level": "INFO"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
