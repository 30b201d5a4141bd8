"""Many small pieces of work as few large ones, since each costs a commit whatever its size."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection

from pipeline.store.database import Store
from pipeline.store.execution import RefusedError
from pipeline.store.writer import StoreUnavailableError

__all__ = ["Batches"]

Item = TypeVar("Item")
_LARGEST = 256
_GATHER_SECONDS = 0.002
_AT_ONCE = 2


class Batches(Generic[Item]):
    """Does `work` in `store`, which takes many items and returns for each why it was refused.

    What comes within two milliseconds, or while two batches are done, is done together. They are
    two so that conversations go on with one of them while the other is made durable.
    """

    def __init__(
        self,
        store: Store,
        work: Callable[[Connection, Sequence[Item]], Sequence[RefusedError | None]],
    ) -> None:
        self._store = store
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._gathering = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def done(self, item: Item) -> None:
        """Return when `item` is done and durable; raises RefusedError, StoreUnavailableError.

        A caller that is cancelled meanwhile gets no answer, but the item is done or refused.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, turn))
        if not self._gathering:
            self._gather()
        await turn

    def _gather(self) -> None:
        self._gathering = True
        task = asyncio.create_task(self._next())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _next(self) -> None:
        await asyncio.sleep(_GATHER_SECONDS)
        async with self._room:
            batch, self._waiting = self._waiting[:_LARGEST], self._waiting[_LARGEST:]
            self._gathering = False
            if self._waiting:
                self._gather()
            await self._do(batch)

    async def _do(self, batch: Sequence[tuple[Item, "asyncio.Future[None]"]]) -> None:
        items = [item for item, _ in batch]
        refusals: Sequence[Exception | None]
        try:
            refusals = await self._store.write_beside(
                lambda connection: self._work(connection, items)
            )
        except StoreUnavailableError as error:
            refusals = [error] * len(items)
        except Exception as error:
            if len(batch) > 1:  # one of them is at fault, and the others are not to suffer for it
                for one in batch:
                    await self._do([one])
                return
            refusals = [error]
        for (_, turn), refusal in zip(batch, refusals, strict=True):
            if turn.done():
                continue
            if refusal is None:
                turn.set_result(None)
            else:
                turn.set_exception(refusal)
