"""How often each key calls: a limit a minute, and what is noted of its use.

Kept in memory, since a write on every request would cost more than it tells. Every process counts
for itself, so several of them together let through as many times the limit.
"""

import asyncio
from collections.abc import Callable
from math import ceil
from time import monotonic

import structlog

from pipeline.store.database import Store
from pipeline.store.execution import now_ms
from pipeline.store.keys import note_use
from pipeline.store.writer import StoreUnavailableError

__all__ = ["Callers", "keep_noting"]

_log = structlog.get_logger()
_MINUTE = 60.0


class Callers:
    """Lets each key make `per_minute` requests a minute, all at once or spread; 0 is no limit.

    The limit is the generic cell rate algorithm (ITU-T I.371): one number a key, no history.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._interval = _MINUTE / per_minute if per_minute else 0.0
        self._clock = clock
        self._due: dict[str, float] = {}
        self._uses: dict[str, tuple[int, int]] = {}

    def admit(self, key: str) -> int:
        """0 when `key` may call now, and the call counts; else the seconds until it may."""
        wait = self.spend(key, self._interval, _MINUTE)
        if not wait:
            count, _ = self._uses.get(key, (0, 0))
            self._uses[key] = (count + 1, now_ms())
        return wait

    def spend(self, key: str, interval: float, burst: float) -> int:
        """0 when one more use of `key` fits, of which one is due each `interval` seconds.

        `burst` seconds' worth may come at once. Else the seconds to wait, at least 1.
        """
        now = self._clock()
        due = max(self._due.get(key, now), now) + interval
        if interval and due - now > burst:
            return max(1, ceil(due - now - burst))
        self._due[key] = due
        return 0

    def uses(self) -> dict[str, tuple[int, int]]:
        """Requests and time of the last one (ms) of each key since this was last asked."""
        found, self._uses = self._uses, {}
        return found


async def keep_noting(store: Store, callers: Callers) -> None:
    """Write down, once a minute and at the end, how the keys were used."""
    try:
        while True:
            await asyncio.sleep(_MINUTE)
            await _note(store, callers)
    finally:
        await _note(store, callers)


async def _note(store: Store, callers: Callers) -> None:
    uses = callers.uses()
    if not uses:
        return
    try:
        await store.write(lambda connection: note_use(connection, uses))
    except StoreUnavailableError as error:  # it is only a note: no reason to stop
        _log.warning("use_of_keys_not_noted", error=str(error))
