import asyncio
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pytest

from pipeline.store.threads import Threads


@pytest.fixture
def threads() -> Iterator[Threads]:
    some = Threads(2, "some")
    yield some
    some.close()


def test_each_gets_its_own_result(threads: Threads) -> None:
    async def many() -> list[int]:
        return await asyncio.gather(*(threads.run(partial(pow, n, 2)) for n in range(200)))

    assert asyncio.run(many()) == [n * n for n in range(200)]
    assert asyncio.run(many()) == [n * n for n in range(200)]  # in another loop


def test_what_is_raised_is_raised_to_its_caller_alone(threads: Threads) -> None:
    async def both() -> tuple[object, object]:
        return await asyncio.gather(
            threads.run(lambda: 1 // 0), threads.run(lambda: 2), return_exceptions=True
        )

    failed, done = asyncio.run(both())
    assert isinstance(failed, ZeroDivisionError)
    assert done == 2


def test_slow_work_keeps_no_result_back(threads: Threads) -> None:
    release = threading.Event()

    async def quick_beside_slow() -> list[int]:
        slow = asyncio.ensure_future(threads.run(release.wait))
        results = [await threads.run(partial(int, n)) for n in range(10)]
        assert not slow.done()
        release.set()
        assert await slow
        return results

    assert asyncio.run(asyncio.wait_for(quick_beside_slow(), 10)) == list(range(10))


def test_the_loop_is_woken_once_for_what_is_ready_together(threads: Threads) -> None:
    async def wakes() -> int:
        loop, woken, ready = asyncio.get_running_loop(), [0], threading.Semaphore(0)
        wake = loop.call_soon_threadsafe

        def counted(*given: Any) -> asyncio.Handle:
            woken[0] += 1
            return wake(*given)

        loop.call_soon_threadsafe = counted  # type: ignore[method-assign,assignment]  # counts, and wakes
        jobs = [asyncio.ensure_future(threads.run(ready.release)) for _ in range(50)]
        await asyncio.sleep(
            0
        )  # all are handed in; the loop then looks at nothing until all are done
        for _ in jobs:
            ready.acquire()
        await asyncio.gather(*jobs)
        return woken[0]

    assert asyncio.run(wakes()) <= 3


def test_work_of_a_caller_that_is_gone_is_left_out(threads: Threads) -> None:
    release, done = threading.Event(), list[int]()

    async def cancelled() -> None:
        busy = [asyncio.ensure_future(threads.run(release.wait)) for _ in range(2)]
        gone = asyncio.ensure_future(threads.run(lambda: done.append(1)))
        await asyncio.sleep(0)
        gone.cancel()
        release.set()
        await asyncio.gather(*busy)

    asyncio.run(cancelled())
    threads.close()
    assert done == []


def test_nothing_waits_for_threads_that_were_stopped(threads: Threads) -> None:
    threads.close()
    with pytest.raises(RuntimeError, match="stopped"):
        asyncio.run(threads.run(lambda: 1))


def test_what_waits_for_one_work_is_done_at_once(threads: Threads) -> None:
    release, groups = threading.Event(), list[list[int]]()

    def halves(numbers: Sequence[int]) -> list[int | Exception]:
        groups.append(list(numbers))
        return [ValueError(n) if n % 2 else n // 2 for n in numbers]

    async def many() -> list[object]:
        busy = [asyncio.ensure_future(threads.run(release.wait)) for _ in range(2)]
        given = [asyncio.ensure_future(threads.run_together(halves, n)) for n in range(10)]
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(*busy)
        return [*await asyncio.gather(*given, return_exceptions=True)]

    results = asyncio.run(many())
    assert groups == [list(range(10))]
    assert results[::2] == [0, 1, 2, 3, 4]
    assert [str(one) for one in results[1::2]] == ["1", "3", "5", "7", "9"]
    assert asyncio.run(threads.run_together(halves, 8)) == 4  # in another loop


@pytest.mark.parametrize("results", [None, [1]])
def test_work_together_that_fails_fails_for_all(threads: Threads, results: list[int]) -> None:
    release = threading.Event()

    def failing(numbers: Sequence[int]) -> list[int]:
        return [numbers[n] for n in range(len(numbers) + 1)] if results is None else results

    async def both() -> list[object]:
        busy = [asyncio.ensure_future(threads.run(release.wait)) for _ in range(2)]
        given = [asyncio.ensure_future(threads.run_together(failing, n)) for n in range(2)]
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(*busy)
        return [*await asyncio.gather(*given, return_exceptions=True)]

    expected = IndexError if results is None else AssertionError
    assert [type(one) for one in asyncio.run(both())] == [expected] * 2
    assert asyncio.run(threads.run(lambda: 5)) == 5, "the threads go on"
