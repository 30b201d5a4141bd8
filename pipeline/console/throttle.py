"""How often somebody may fail to sign in: a few times, then only after a while."""

from collections import deque
from collections.abc import Callable
from time import monotonic

__all__ = ["Throttle"]

_MOST_KEYS = 10_000


class Throttle:
    """At most `limit` failures of one key within `window` seconds.

    Kept in memory: whoever restarts the service may as well sign in.
    """

    def __init__(self, limit: int, window: float, clock: Callable[[], float] = monotonic) -> None:
        self._limit = limit
        self._window = window
        self._clock = clock
        self._failures: dict[str, deque[float]] = {}

    def wait(self, key: str) -> float:
        """Seconds until `key` may try again; 0 when it may now."""
        failures = self._recent(key)
        if len(failures) < self._limit:
            return 0
        return failures[-self._limit] + self._window - self._clock()

    def failed(self, key: str) -> None:
        """Count a failure of `key`."""
        if len(self._failures) >= _MOST_KEYS:
            self._forget_old()
        self._failures.setdefault(key, deque(maxlen=self._limit)).append(self._clock())

    def succeeded(self, key: str) -> None:
        """Forget the failures of `key`."""
        self._failures.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        failures = self._failures.get(key, deque())
        while failures and failures[0] <= self._clock() - self._window:
            failures.popleft()
        return failures

    def _forget_old(self) -> None:
        for key in list(self._failures):
            if not self._recent(key):
                del self._failures[key]
        # Down to half at once, so that a flood of names costs each of them little.
        while len(self._failures) > _MOST_KEYS // 2:
            del self._failures[next(iter(self._failures))]
