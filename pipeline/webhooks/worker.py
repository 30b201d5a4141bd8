"""The worker that reads the audit log for what receivers asked to be told, and tells them.

It never delays mail: it reads what was committed, and a receiver that is slow or down keeps only
its own deliveries waiting, since each is told by a task of its own, one delivery after the other.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable

import structlog

from pipeline.store.database import Store
from pipeline.store.execution import Who, now_ms
from pipeline.store.webhook_deliveries import (
    Due,
    anything_due,
    claim_deliveries,
    forget_told,
    settle_delivery,
)
from pipeline.store.webhook_outbox import fan_out, look_on
from pipeline.store.writer import StoreUnavailableError
from pipeline.webhooks.events import EVENT_OF_STEP
from pipeline.webhooks.telling import Teller
from policy.lifecycle import Actor

__all__ = ["WebhookWorker"]

_log = structlog.get_logger()
_POLL = 0.5
_PAUSE = 0.1  # while there is much to read: each time it is marked as read costs a commit
_WHO = Who(Actor.WORKER, "webhooks")
_DAY = 86_400_000
_KEPT_DAYS = 30


class WebhookWorker:
    """Tells by `teller` what the audit log of `store` says.

    `count` is called with each step that is read, whether anybody is told of it or not.
    """

    def __init__(
        self, store: Store, teller: Teller, count: Callable[[str], None] = lambda step: None
    ) -> None:
        self._store = store
        self._teller = teller
        self._count = count
        self._telling: dict[str, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._forgot_at = 0

    def start(self) -> None:
        """Start working, in the running event loop."""
        self._task = asyncio.create_task(self._run(), name="webhooks")

    async def stop(self) -> None:
        """Stop; what was begun and not settled is told again after the next start."""
        tasks = [*self._telling.values(), *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._teller.close()

    async def _run(self) -> None:
        while True:
            busy = False
            try:
                busy = await self._round()
            except StoreUnavailableError as error:
                _log.error("store_unavailable", error=str(error))
            except Exception as error:  # whatever it is: mail goes on, and so does the next round
                _log.error("webhooks_failed", error=type(error).__name__)
            await asyncio.sleep(_PAUSE if busy else _POLL)

    async def _round(self) -> bool:
        """Read on in the audit log and begin what is due; returns whether there was anything."""
        read = await self._read_on()
        due = await self._due()
        by_receiver: dict[str, list[Due]] = defaultdict(list)
        for one in due:
            by_receiver[one.subscription].append(one)
        for receiver, its in by_receiver.items():
            self._telling[receiver] = asyncio.create_task(self._tell(receiver, its))
        if now_ms() - self._forgot_at > _DAY:
            self._forgot_at = now_ms()
            await self._store.write(
                lambda connection: forget_told(connection, now_ms() - _KEPT_DAYS * _DAY)
            )
        return read or bool(due)

    async def _read_on(self) -> bool:
        """Make deliveries of what is new in the audit log; returns whether anything was."""
        batch = await self._store.read(lambda connection: look_on(connection, EVENT_OF_STEP))
        if batch is None:
            return False
        ours = await self._store.write(lambda connection: fan_out(connection, batch))
        for step in batch.steps if ours else ():
            self._count(step)
        return True

    async def _due(self) -> list[Due]:
        if not await self._store.read(anything_due):
            return []  # most of the time: then nobody who writes is kept waiting
        taken = tuple(self._telling)
        return await self._store.write(
            lambda connection: claim_deliveries(connection, besides=taken)
        )

    async def _tell(self, receiver: str, its: list[Due]) -> None:
        try:
            for due in its:
                answer = await self._teller.tell(due)
                if not answer.delivered:
                    _log.warning("webhook_not_told", delivery=due.id, status=answer.response_status)
                await self._store.write(
                    lambda connection: settle_delivery(connection, due, answer, _WHO)  # noqa: B023  # awaited here
                )
        except StoreUnavailableError as error:
            _log.error("cannot_settle_webhook", error=str(error))
        except Exception as error:  # what was claimed comes up again when its time here is over
            _log.error("webhooks_failed", error=type(error).__name__)
        finally:
            del self._telling[receiver]
