"""Logs of the service: one event a line, to standard error, without what a message says.

Whatever a part of the program hands to the log goes through `careful` last: card numbers are
masked, addresses lose their local part, and fields that hold content or secrets are left out, also
where a mail server quotes them in its answer. So a log may be kept longer than the mail, and an
erasure has nothing to look for in it.
"""

import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from pipeline.mail.card_numbers import redact_card_numbers

__all__ = ["careful", "configure_logs"]

_LEFT_OUT = frozenset(
    {
        "authorization", "body", "code", "draft", "exception", "exc_info", "headers", "html",
        "mime", "password", "payload", "quoted", "raw", "secret", "stack", "stack_info", "subject",
        "text", "token",
    }
)  # fmt: skip
_ADDRESS = re.compile(
    r"[^\s<>()\[\],;:\"'@]{1,64}@(?=[^\s<>()\[\],;:\"'@]+\.[^\s<>()\[\],;:\"'@]+)"
)
_LONGEST = 2_000
_SMALLEST_CARD_NUMBER = 10**12


def configure_logs(stream: TextIO | None = None) -> None:
    """Write logs to `stream`, standard error when none is given.

    Lines are JSON where a program reads them, and plain text in a terminal.
    """
    to = stream or sys.stderr
    readable = to.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            careful,
            structlog.dev.ConsoleRenderer(colors=False)
            if readable
            else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(to),
        cache_logger_on_first_use=False,
    )


def careful(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """`event` without content, card numbers and whole addresses; the last step before writing."""
    return {
        name: "left out" if name in _LEFT_OUT else _plain(value, 0) for name, value in event.items()
    }


def _plain(value: Any, depth: int) -> Any:
    if value is None or (isinstance(value, int | float) and abs(value) < _SMALLEST_CARD_NUMBER):
        return value
    if isinstance(value, Mapping) and depth < 3:
        return {
            str(name): "left out" if name in _LEFT_OUT else _plain(one, depth + 1)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset) and depth < 3:
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, bytes):
        return "left out"
    text = str(value)
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return _ADDRESS.sub("…@", redact_card_numbers(cut)[0])
