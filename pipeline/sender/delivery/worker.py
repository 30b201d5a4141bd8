"""The worker: claims what is due, hands it over on a few conversations at once, settles.

A place that cannot be reached keeps no other waiting: what was claimed for it goes back, and it is
left alone for longer each time. Where all mail goes to one relay, that costs no message an attempt.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection

from pipeline.sender.delivery.batches import Batches
from pipeline.sender.delivery.connecting import RouteDownError
from pipeline.sender.delivery.handing_over import Part, hand_over
from pipeline.sender.delivery.routing import Leg, Plan, Routing
from pipeline.sender.delivery.schedule import gives_up, next_try_seconds
from pipeline.sender.delivery.session import EndedError, HandedOver
from pipeline.store.blobs import digest_of
from pipeline.store.database import Store
from pipeline.store.delivery_queue import Claimed, Outcome, claim_due, mark_dots, settle_all
from pipeline.store.execution import RefusedError, now_ms
from pipeline.store.writer import StoreUnavailableError
from policy.lifecycle import LifecycleEvent

__all__ = ["Worker"]

_log = structlog.get_logger()
_POLL = 1.0
_CROWDED_MS = 2_000
_TOO_MANY = "452"  # recipients at once (RFC 5321, 4.5.3.1.10)


class Worker:
    """Delivers from `store` by `routing` with at most `connections` hand-overs at once.

    `keep_house` runs beside it. A message that no server took within `keep_trying_hours` fails.
    """

    def __init__(
        self,
        store: Store,
        routing: Routing,
        wakes: asyncio.Event,
        keep_house: Callable[[], Coroutine[Any, Any, None]],
        *,
        connections: int,
        keep_trying_hours: int,
    ) -> None:
        self._store = store
        self._routing = routing
        self._wakes = wakes
        self._keep_house = keep_house
        self._keep_trying = keep_trying_hours
        self._connections = connections
        self._written_down = Batches(store, _write_down)
        self._slots = asyncio.Semaphore(connections)
        self._in_hand: set[asyncio.Task[None]] = set()
        self._waiting: set[asyncio.Task[None]] = set()
        self._unmarked: set[asyncio.Task[None]] = set()  # those in hand that may be given back
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start working, in the running event loop."""
        self._stopping = False
        self._tasks = [
            asyncio.create_task(self._keep_house(), name="housekeeping"),
            asyncio.create_task(self._dispatch(), name="dispatcher"),
        ]

    async def stop(self, grace: float) -> None:
        """Claim no more; give running hand-overs `grace` seconds; give back what was not begun.

        Afterwards those whose final dot is not asked for yet are given back, too, and the others
        have as long again for their answers: without one they are in doubt at the next start.
        """
        self._stopping = True
        for given_back in (self._waiting, self._unmarked):
            for task in list(given_back):
                task.cancel()
            if self._in_hand:
                await asyncio.wait(self._in_hand, timeout=grace)
        running = [*self._tasks, *self._in_hand]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for destination in self._routing.destinations():
            destination.hang_up_idle(everything=True)

    async def _dispatch(self) -> None:
        while True:
            self._wakes.clear()
            claimed = await self._claim()
            for one in claimed:
                task = asyncio.create_task(self._deliver(one))
                self._in_hand.add(task)
                self._waiting.add(task)
                self._unmarked.add(task)
                task.add_done_callback(self._done)
            if not claimed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_POLL):
                        await self._wakes.wait()
                for destination in self._routing.destinations():
                    destination.hang_up_idle()
            if self._routing.rest:
                await asyncio.sleep(self._routing.rest)

    async def _claim(self) -> list[Claimed]:
        """As many as there is room for; many at a time, since each claim is a transaction."""
        room = 4 * self._connections - len(self._in_hand)
        if self._routing.on_trial:
            room = 0 if self._in_hand else 1
        elif room < 2 * self._connections:
            return []
        if not room or self._stopping:
            return []
        try:
            return list(
                await self._store.write_beside(lambda connection: claim_due(connection, room))
            )
        except Exception as error:
            _log.error("cannot_claim", error=type(error).__name__)
            await asyncio.sleep(_POLL)
            return []

    def _done(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self._waiting.discard(task)
        self._unmarked.discard(task)
        self._wakes.set()

    async def _deliver(self, claimed: Claimed) -> None:
        """Hand over and settle; the next message need not wait until this answer is durable."""
        try:
            result, route, next_try = await self._attempt(claimed)
        except asyncio.CancelledError:
            if not self._stopping or asyncio.current_task() not in self._unmarked:
                raise
            result, route, next_try = HandedOver(LifecycleEvent.LAPSE, "stopping"), "", None
        except Exception as error:  # if a dot was marked, the table refuses to put it back
            _log.error("hand_over_failed", message=claimed.id, error=type(error).__name__)
            result, route, next_try = HandedOver(LifecycleEvent.LAPSE, "an error of ours"), "", None
        self._begun()
        self._past_return()
        await self._settle(claimed, self._outcome(claimed, result, route, next_try))

    def _begun(self) -> None:
        """From here on, `stop` lets the running task come to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._waiting.discard(task)

    def _past_return(self) -> None:
        """From here on, the running task is not given back."""
        task = asyncio.current_task()
        assert task is not None
        self._unmarked.discard(task)

    async def _mark(self, claimed: Claimed) -> None:
        """Have the final dot marked, after which the message cannot be given back."""
        self._past_return()
        await self._written_down.done((claimed, digest_of(claimed.mime)))

    async def _attempt(self, claimed: Claimed) -> tuple[HandedOver, str, int | None]:
        """How an attempt ended, over which route, and when to look again if not by schedule."""
        if not claimed.envelope.recipients:
            return HandedOver(LifecycleEvent.FAIL, "each recipient has an answer already"), "", None
        try:
            plan = await self._routing.plan(claimed.envelope)
        except EndedError as ended:
            return ended.result, "", None
        if not plan.legs:
            return HandedOver(LifecycleEvent.FAIL, plan.refused[0][1], plan.refused), "", None
        name = "; ".join(leg.destination.name for leg in plan.legs)
        for destination in (leg.destination for leg in plan.legs):
            if destination.rest:
                return HandedOver(self._routing.when_away, destination.why), name, None
            if destination.crowded:
                soon = now_ms() + round(_CROWDED_MS * random.uniform(1, 2))  # noqa: S311  # spreads load, no secret
                return HandedOver(LifecycleEvent.LAPSE, "waits its turn"), name, soon
        return await self._over(claimed, plan)

    async def _over(self, claimed: Claimed, plan: Plan) -> tuple[HandedOver, str, None]:
        """Hand over along `plan`, once there is room everywhere."""
        async with AsyncExitStack() as stack:
            parts = []
            for leg in plan.legs:  # in the order of their names: nobody waits in a circle
                session = await stack.enter_async_context(leg.destination.conversation())
                parts.append(Part(session, leg.recipients, leg.copies))
            await stack.enter_async_context(self._slots)
            self._begun()
            for leg, part in zip(plan.legs, parts, strict=True):
                destination = leg.destination
                try:
                    if not destination.rest:  # another message may have found it away meanwhile
                        await part.session.open()
                        continue
                except RouteDownError as error:
                    _log.error("route_down", reason=str(error))
                    destination.failed(str(error))
                away = HandedOver(self._routing.when_away, destination.why)
                return away, destination.name, None
            route = "; ".join(part.session.route.name for part in parts)
            try:
                mark = partial(self._mark, claimed)
                result = await hand_over(claimed, parts, mark, plan.refused)
            except StoreUnavailableError as error:
                return HandedOver(LifecycleEvent.LAPSE, str(error)), route, None
            _tell(plan.legs, result)
            return result, route, None

    async def _settle(self, claimed: Claimed, outcome: Outcome) -> None:
        """Write down what happened, however often the store has to be asked."""
        while True:
            try:
                await self._written_down.done((claimed, outcome))
                return
            except StoreUnavailableError as error:
                _log.error("cannot_settle", message=claimed.id, error=str(error))
                await asyncio.sleep(_POLL)
            except Exception as error:
                _log.error("cannot_settle", message=claimed.id, error=type(error).__name__)
                return

    def _outcome(
        self, claimed: Claimed, result: HandedOver, route: str, next_try: int | None
    ) -> Outcome:
        event, reply = result.event, result.reply
        if event is LifecycleEvent.DEFER:
            if result.arrived and reply.startswith(_TOO_MANY):
                next_try = now_ms()  # the rest goes with an attempt of its own
            elif not result.arrived and gives_up(claimed.attempts + 1, self._keep_trying):
                event, reply = LifecycleEvent.FAIL, f"gave up: {reply}"
            else:
                wait = next_try_seconds(claimed.attempts + 1)
                next_try = now_ms() + round(wait * 1000)
        return Outcome(event, reply, route, result.refused, next_try, result.arrived)


def _write_down(
    connection: Connection, items: Sequence[tuple[Claimed, str | Outcome]]
) -> list[RefusedError | None]:
    """Mark the dots of messages that come with a digest, settle those that come with an outcome.

    Both in one transaction: while some messages wait for their marks, the last ones are settled.
    """
    marked = [(claimed, what) for claimed, what in items if isinstance(what, str)]
    settled = [(claimed, what) for claimed, what in items if isinstance(what, Outcome)]
    refused = iter(mark_dots(connection, marked) if marked else [])
    unsettled = iter(settle_all(connection, settled) if settled else [])
    return [next(refused if isinstance(what, str) else unsettled) for _, what in items]


def _tell(legs: tuple[Leg, ...], result: HandedOver) -> None:
    """Let every destination know how it went, for how much it is given next."""
    for leg in legs:
        if result.too_fast:
            leg.destination.asks_for_less()
        else:
            leg.destination.answered()
