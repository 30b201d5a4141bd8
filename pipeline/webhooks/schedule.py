"""When a receiver that did not take a webhook is told again."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["ATTEMPTS", "next_wait", "retry_after"]

_WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
ATTEMPTS = len(_WAITS) + 1
"""Attempts before a delivery ends undelivered, some three and a half days after the first."""
_LONGEST = 86_400


def next_wait(attempts: int, asked: float | None = None) -> float | None:
    """Seconds to wait after that many failed attempts; None when it was the last.

    5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, each give or take a fifth, so that
    receivers that failed together are not told together. `asked` is what the receiver asked for,
    which is met up to a day.
    """
    if attempts >= ATTEMPTS:
        return None
    wait = _WAITS[attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311  # spreads load, no secret
    return wait if asked is None else max(wait, min(asked, _LONGEST))


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3); None when it says none."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), _LONGEST))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(0.0, (at - now).total_seconds())
