import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pipeline.sender.delivery.batches import Batches
from pipeline.store.execution import RefusedError
from pipeline.store.writer import StoreUnavailableError


class Beside:
    """A store that takes its time, so that items gather."""

    async def write_beside(self, work: Callable[[Any], Any]) -> Any:
        await asyncio.sleep(0)
        return work(None)


def run(
    work: Callable[[Any, Sequence[int]], Sequence[RefusedError | None]], items: Sequence[int]
) -> list[object]:
    async def all_at_once() -> list[object]:
        batches = Batches(Beside(), work)  # type: ignore[arg-type]  # all of a store that it uses
        return await asyncio.gather(*map(batches.done, items), return_exceptions=True)

    return asyncio.run(all_at_once())


def test_what_comes_meanwhile_is_done_together_and_each_gets_its_own_answer() -> None:
    seen: list[list[int]] = []

    def work(_: Any, items: Sequence[int]) -> list[RefusedError | None]:
        seen.append(list(items))
        return [RefusedError((f"no {item}",)) if item % 2 else None for item in items]

    results = run(work, range(5))
    assert seen == [[0, 1, 2, 3, 4]]
    assert [result is None for result in results] == [True, False, True, False, True]
    assert str(results[3]) == "no 3"


def test_one_at_fault_does_not_cost_the_others() -> None:
    def work(_: Any, items: Sequence[int]) -> list[RefusedError | None]:
        if 3 in items:
            raise KeyError("three")
        return [None] * len(items)

    results = run(work, range(5))
    assert [result is None for result in results] == [True, True, True, False, True]
    assert isinstance(results[3], KeyError)


def test_a_store_that_cannot_is_told_to_all_and_asked_once() -> None:
    asked = 0

    def work(_: Any, items: Sequence[int]) -> list[RefusedError | None]:
        nonlocal asked
        asked += 1
        raise StoreUnavailableError("full")

    results = run(work, range(3))
    assert asked == 1
    assert all(isinstance(result, StoreUnavailableError) for result in results)


def test_whoever_stops_waiting_costs_nobody_an_answer() -> None:
    async def main() -> None:
        batches = Batches(Beside(), lambda _, items: [None] * len(items))  # type: ignore[arg-type]  # all of a store that it uses
        first, second = (asyncio.create_task(batches.done(item)) for item in (1, 2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait_for(second, 5)
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(main())


def test_two_batches_are_done_at_once_and_what_comes_meanwhile_is_the_next() -> None:
    batches: list[list[int]] = []

    class Waiting:
        """A store that is done when it is told to be."""

        def __init__(self) -> None:
            self.begun: asyncio.Queue[None] = asyncio.Queue()
            self.goes_on = asyncio.Event()

        async def write_beside(self, work: Callable[[Any], Any]) -> Any:
            done = work(None)
            self.begun.put_nowait(None)
            await self.goes_on.wait()
            return done

    def work(_: Any, items: Sequence[int]) -> list[RefusedError | None]:
        batches.append(list(items))
        return [None] * len(items)

    async def main() -> None:
        store = Waiting()
        all_of_them = Batches(store, work)  # type: ignore[arg-type]  # all of a store that it uses
        asked = []
        for items in ((1, 2), (3,)):
            asked += [asyncio.create_task(all_of_them.done(item)) for item in items]
            await asyncio.wait_for(store.begun.get(), 5)
        asked += [asyncio.create_task(all_of_them.done(item)) for item in (4, 5)]
        await asyncio.sleep(0.01)
        assert batches == [[1, 2], [3]]
        store.goes_on.set()
        await asyncio.gather(*asked)
        assert batches == [[1, 2], [3], [4, 5]]

    asyncio.run(main())
