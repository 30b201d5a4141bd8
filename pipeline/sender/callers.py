"""How often each key calls: a limit a minute, and what is noted of its use.

Kept in memory, since a write on every request would cost more than it tells. Where several
processes share a store, each tells the store every second how often it was called, and hears how
often the others were: what they let through together counts for all of them. Until the next second
each may let through what the limit leaves; that is paid back, so that no more than the limit passes
in the long run.
"""

import asyncio
from collections.abc import Callable, Mapping
from math import ceil
from time import monotonic

import structlog
from sqlalchemy import Connection

from pipeline.store.database import Store
from pipeline.store.execution import now_ms
from pipeline.store.keys import note_use, recent_use
from pipeline.store.writer import StoreUnavailableError

__all__ = ["Callers", "keep_noting", "note"]

_log = structlog.get_logger()
_MINUTE = 60.0
_SHARED = 1.0
"""Seconds between two tellings where several processes share a store."""
_RECENT_MS = 120_000


class Callers:
    """Lets each key make `per_minute` requests a minute, all at once or spread; 0 is no limit.

    The limit is the generic cell rate algorithm (ITU-T I.371): one number a key, no history.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._interval = _MINUTE / per_minute if per_minute else 0.0
        self._clock = clock
        self._due: dict[str, float] = {}
        self._uses: dict[str, tuple[int, int]] = {}
        self._totals: dict[str, int] | None = None

    def admit(self, key: str) -> int:
        """0 when `key` may call now, and the call counts; else the seconds until it may."""
        wait = self._spend(key)
        if not wait:
            count, _ = self._uses.get(key, (0, 0))
            self._uses[key] = (count + 1, now_ms())
        return wait

    def _spend(self, key: str) -> int:
        """0 when one more call of `key` fits; else the seconds to wait, at least 1."""
        now = self._clock()
        due = max(self._due.get(key, now), now) + self._interval
        if self._interval and due - now > _MINUTE:
            return max(1, ceil(due - now - _MINUTE))
        self._due[key] = due
        return 0

    def uses(self) -> dict[str, tuple[int, int]]:
        """Requests and time of the last one (ms) of each key since this was last asked."""
        found, self._uses = self._uses, {}
        return found

    def heard(self, own: Mapping[str, tuple[int, int]], totals: Mapping[str, int]) -> None:
        """Count what other processes let through: `totals` are the requests each key ever made.

        `own` are those of them that this process told of since it last heard. The first time, all
        keys must be in `totals`, and nothing counts yet; later, those that were used will do.
        """
        if self._totals is None:
            self._totals = dict(totals)
            return
        now = self._clock()
        for key, total in totals.items():
            others = total - self._totals.get(key, 0) - own.get(key, (0, 0))[0]
            self._totals[key] = total
            if others > 0:
                self._due[key] = max(self._due.get(key, now), now) + others * self._interval

    @property
    def has_heard(self) -> bool:
        """Whether `heard` was ever called."""
        return self._totals is not None


async def keep_noting(store: Store, callers: Callers) -> None:
    """Write down, once a minute and at the end, how the keys were used.

    Where several processes share the store, every second, and what the others wrote is heard.
    """
    try:
        while True:
            await asyncio.sleep(_SHARED if store.several else _MINUTE)
            await note(store, callers)
    finally:
        await note(store, callers)


async def note(store: Store, callers: Callers) -> None:
    """Write down how the keys were used, and hear of their use in other processes."""
    uses = callers.uses()
    since = now_ms() - _RECENT_MS if callers.has_heard else -1

    def work(connection: Connection) -> dict[str, int]:
        note_use(connection, uses)
        return recent_use(connection, since) if store.several else {}

    try:
        if uses:
            callers.heard(uses, await store.write(work))
        elif store.several:
            callers.heard(uses, await store.read(lambda one: recent_use(one, since)))
    except StoreUnavailableError as error:  # it is only a note: no reason to stop
        _log.warning("use_of_keys_not_noted", error=str(error))
