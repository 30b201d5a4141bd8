"""The worker: claims what is due, hands it over on a few conversations at once, settles.

A route that cannot be reached costs no message an attempt: what was claimed goes back to the queue
and the worker waits, longer each time, before it claims again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from pipeline.sender.delivery.schedule import gives_up, next_try_seconds
from pipeline.sender.delivery.session import HandedOver, Route, RouteDownError, Session
from pipeline.store.blobs import digest_of
from pipeline.store.database import Store
from pipeline.store.delivery_queue import (
    Claimed,
    Outcome,
    claim_due,
    escalate_overdue,
    expire_overdue,
    mark_dot,
    retry_due,
    settle,
)
from pipeline.store.execution import now_ms
from pipeline.store.writer import StoreUnavailableError
from policy.lifecycle import LifecycleEvent

__all__ = ["Worker"]

_log = structlog.get_logger()
_POLL = 1.0
_LONGEST_WAIT = 60.0


class Worker:
    """Delivers from `store` over `route` with at most `connections` conversations.

    `decide_waiting` decides whatever is in the store and not decided. A message that no server
    took within `keep_trying_hours` fails; one that is held too long goes to `escalation_team`.
    """

    def __init__(
        self,
        store: Store,
        decide_waiting: Callable[[], Awaitable[None]],
        route: Route,
        wakes: asyncio.Event,
        *,
        connections: int,
        keep_trying_hours: int,
        escalation_team: str,
    ) -> None:
        self._store = store
        self._decide_waiting = decide_waiting
        self._route = route
        self._wakes = wakes
        self._keep_trying = keep_trying_hours
        self._escalation_team = escalation_team
        self._connections = connections
        self._claims: asyncio.Queue[Claimed] = asyncio.Queue()
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._stopping = False
        self._route_failures = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._settling: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start working, in the running event loop."""
        self._stopping = False
        self._tasks = [
            asyncio.create_task(self._keep_house(), name="housekeeping"),
            asyncio.create_task(self._dispatch(), name="dispatcher"),
            *(
                asyncio.create_task(self._converse(), name=f"conversation-{number}")
                for number in range(self._connections)
            ),
        ]

    async def stop(self, grace: float) -> None:
        """Claim no more; give running hand-overs `grace` seconds; give back what was not begun.

        What is cut off is settled at the next start, by whether its final dot was marked.
        """
        self._stopping = True
        while not self._claims.empty():
            claimed = self._claims.get_nowait()
            await self._settle(claimed, HandedOver(LifecycleEvent.LAPSE, "stopping"))
            self._done()
        if self._in_hand:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), grace)
        running = [*self._tasks, *self._settling]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _keep_house(self) -> None:
        while True:
            try:
                retried = await self._store.write(retry_due)
                await self._store.write(expire_overdue)
                await self._store.write(
                    lambda connection: escalate_overdue(connection, self._escalation_team)
                )
                await self._decide_waiting()
                if retried:
                    self._wakes.set()
            except StoreUnavailableError as error:
                _log.error("store_unavailable", error=str(error))
            except Exception as error:
                _log.error("housekeeping_failed", error=type(error).__name__)
            await asyncio.sleep(_POLL)

    async def _dispatch(self) -> None:
        while True:
            self._wakes.clear()
            room = 4 * self._connections - self._in_hand
            claimed: list[Claimed] = []
            if room >= self._connections and not self._stopping:  # many at a time: one transaction
                try:
                    claimed = list(
                        await self._store.write(lambda connection: claim_due(connection, room))  # noqa: B023  # awaited here
                    )
                except Exception as error:
                    _log.error("cannot_claim", error=type(error).__name__)
                    await asyncio.sleep(_POLL)
            self._in_hand += len(claimed)
            if claimed:
                self._idle.clear()
            for one in claimed:
                self._claims.put_nowait(one)
            if not claimed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_POLL):
                        await self._wakes.wait()
            if self._route_failures:
                await asyncio.sleep(min(2.0 ** (self._route_failures - 1), _LONGEST_WAIT))

    async def _converse(self) -> None:
        session = Session(self._route)
        try:
            while True:
                claimed = await self._claims.get()
                try:
                    result = await self._hand_over(session, claimed)
                except BaseException:
                    self._done()
                    raise
                # The next message need not wait until this answer is durable.
                settling = asyncio.create_task(self._settle_and_count(claimed, result))
                self._settling.add(settling)
                settling.add_done_callback(self._settling.discard)
        finally:
            session.close()

    async def _settle_and_count(self, claimed: Claimed, result: HandedOver) -> None:
        try:
            await self._settle(claimed, result)
        finally:
            self._done()

    def _done(self) -> None:
        self._in_hand -= 1
        self._wakes.set()
        if not self._in_hand:
            self._idle.set()

    async def _hand_over(self, session: Session, claimed: Claimed) -> HandedOver:
        async def mark() -> None:
            digest = digest_of(claimed.mime)
            await self._store.write(lambda connection: mark_dot(connection, claimed.id, digest))

        try:
            result = await session.hand_over(claimed, mark)
        except RouteDownError as error:
            self._route_failures += 1
            _log.error("route_down", reason=str(error))
            return HandedOver(LifecycleEvent.LAPSE, str(error))
        except StoreUnavailableError as error:
            return HandedOver(LifecycleEvent.LAPSE, str(error))
        self._route_failures = 0
        return result

    async def _settle(self, claimed: Claimed, result: HandedOver) -> None:
        """Write down what happened, however often the store has to be asked."""
        outcome = self._outcome(claimed, result)
        while True:
            try:
                await self._store.write(lambda connection: settle(connection, claimed, outcome))
                return
            except StoreUnavailableError as error:
                _log.error("cannot_settle", message=claimed.id, error=str(error))
                await asyncio.sleep(_POLL)
            except Exception as error:
                _log.error("cannot_settle", message=claimed.id, error=type(error).__name__)
                return

    def _outcome(self, claimed: Claimed, result: HandedOver) -> Outcome:
        event, reply = result.event, result.reply
        next_try = None
        if event is LifecycleEvent.DEFER:
            if gives_up(claimed.attempts + 1, self._keep_trying):
                event, reply = LifecycleEvent.FAIL, f"gave up: {reply}"
            else:
                wait = next_try_seconds(claimed.attempts + 1)
                next_try = now_ms() + round(wait * 1000)
        return Outcome(event, reply, self._route.name, result.refused, next_try)
