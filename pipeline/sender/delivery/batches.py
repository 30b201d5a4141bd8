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


class Batches(Generic[Item]):
    """Does `work` in `store`, which takes many items and returns for each why it was refused.

    What comes within two milliseconds, or while a batch is done, is done together.
    """

    def __init__(
        self,
        store: Store,
        work: Callable[[Connection, Sequence[Item]], Sequence[RefusedError | None]],
    ) -> None:
        self._store = store
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._running: asyncio.Task[None] | None = None

    async def done(self, item: Item) -> None:
        """Return when `item` is done and durable; raises RefusedError, StoreUnavailableError.

        A caller that is cancelled meanwhile gets no answer, but the item is done or refused.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, turn))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        await turn

    async def _run(self) -> None:
        try:
            while self._waiting:
                if len(self._waiting) < _LARGEST:
                    await asyncio.sleep(_GATHER_SECONDS)
                batch, self._waiting = self._waiting[:_LARGEST], self._waiting[_LARGEST:]
                await self._do(batch)
        finally:
            self._running = None

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
