"""A place that mail goes to: conversations kept open, how many at once, and when it is left alone.

The number of conversations follows what the place can bear, as in Postfix's scheduler: it grows by
one for every round of messages taken, is halved when the place asks for less or cannot be reached,
and after a failure one conversation alone tries whether it is back (a circuit breaker).
"""

from asyncio import Future, get_running_loop
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic

from pipeline.sender.delivery.connecting import Route
from pipeline.sender.delivery.session import Session

__all__ = ["Destination"]

_LONGEST_REST = 60.0
_IDLE_SECONDS = 30.0


class Destination:
    """Where `routes` lead, best first; at most `limit` conversations, `start` of them at first.

    When `queue` messages wait it is crowded; `now` gives seconds of a clock that never goes back.
    """

    def __init__(
        self,
        name: str,
        routes: Sequence[Route],
        *,
        start: int,
        limit: int,
        queue: int,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self.routes = routes
        self._limit = limit
        self._queue = queue
        self._window = float(start)
        self._now = now
        self._running = 0
        self._waiting: deque[Future[None]] = deque()
        self._idle: list[Session] = []
        self._failures = 0
        self._rests_until = 0.0
        self.why = ""

    @property
    def window(self) -> int:
        """How many conversations may be held now."""
        return int(self._window)

    @property
    def busy(self) -> bool:
        """Whether any conversation is held or waited for."""
        return bool(self._running or self._waiting)

    @property
    def crowded(self) -> bool:
        """Whether so many wait that more had better wait elsewhere."""
        return len(self._waiting) >= self._queue

    @property
    def on_trial(self) -> bool:
        """Whether it could not be reached of late, and one message alone is to find out more."""
        return self._failures > 0

    @property
    def rest(self) -> float:
        """Seconds for which it is left alone after failures; 0 when it is not."""
        return max(0.0, self._rests_until - self._now())

    @asynccontextmanager
    async def conversation(self) -> AsyncIterator[Session]:
        """A session for one message, once there is room."""
        await self._room()
        routes = self.routes
        session = self._idle.pop() if self._idle else Session(routes)
        try:
            yield session
        except BaseException:
            session.close()
            raise
        else:
            if set(routes) == set(self.routes):
                self._idle.append(session)
            else:
                session.close()
        finally:
            self._running -= 1
            self._let_in()

    def lead_by(self, routes: Sequence[Route]) -> None:
        """Go by `routes` from now on: what was opened by others may be less than is promised."""
        if set(routes) != set(self.routes):
            self.hang_up_idle(everything=True)
        self.routes = routes

    def answered(self) -> None:
        """It took a message, or said something about one: it is there."""
        self._failures = 0
        self._window = min(self._window + 1 / self._window, float(self._limit))
        self._let_in()

    def asks_for_less(self) -> None:
        """It is there, and wants fewer messages at a time."""
        self._failures = 0
        self._window = max(1.0, self._window / 2)

    def failed(self, why: str) -> None:
        """It cannot be reached, because of `why`: leave it alone, longer each time."""
        self._failures += 1
        self._window = 1.0
        self._rests_until = self._now() + min(2.0 ** (self._failures - 1), _LONGEST_REST)
        self.why = why

    def hang_up_idle(self, *, everything: bool = False) -> None:
        """Close the conversations that nothing was said in for a while, or all that are idle."""
        before = monotonic() - _IDLE_SECONDS
        stale = [one for one in self._idle if everything or one.used_at < before]
        self._idle = [one for one in self._idle if one not in stale]
        for session in stale:
            session.close()

    async def _room(self) -> None:
        if self._running < self.window and not self._waiting:
            self._running += 1
            return
        turn: Future[None] = get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._running -= 1  # the turn came and is not taken
                self._let_in()
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def _let_in(self) -> None:
        while self._waiting and self._running < self.window:
            turn = self._waiting.popleft()
            if not turn.done():
                self._running += 1
                turn.set_result(None)
