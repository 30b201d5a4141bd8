"""When to try again after a server said "not now"."""

import random

__all__ = ["gives_up", "next_try_seconds"]

_WAITS = (60, 300, 900, 1800, 3600, 7200, 14_400)
_JITTER = 0.2


def next_try_seconds(attempts: int) -> float:
    """Seconds to wait after `attempts` failed ones (1 or more), a fifth more or less.

    Starts at a minute and grows to four hours; greylisting asks for some minutes at least.
    """
    return _wait(attempts) * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  # spreads load, no secret


def gives_up(attempts: int, hours: int) -> bool:
    """Whether after `attempts` failed ones a message has been tried for `hours` hours."""
    return sum(map(_wait, range(1, attempts + 1))) > hours * 3600


def _wait(attempts: int) -> int:
    return _WAITS[min(attempts, len(_WAITS)) - 1]
