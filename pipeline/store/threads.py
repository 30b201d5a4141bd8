"""Threads that do what an event loop must not: each piece of work alone, the results together.

A thread wakes the loop through a pipe, and fights it for the interpreter; for a lookup in the store
that is more than the work. So it wakes the loop once for all results that come until it looks, and
what many ask for while the threads are busy can be done for all of them at once.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

__all__ = ["Threads"]

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Caller:
    future: "asyncio.Future[Any]"
    answers: "_Answers"

    def tell(self, result: object, error: BaseException | None = None) -> None:
        self.answers.put(self.future, result, error)


class Threads:
    """`size` threads; `close` waits for what was handed in."""

    def __init__(self, size: int, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._groups: dict[object, list[tuple[Any, _Caller]]] = {}
        self._grouping = threading.Lock()
        self._answers: _Answers | None = None
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True)
            for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`, done in one of the threads; what it raises is raised here.

        Raises RuntimeError after `close`.
        """
        caller = self._caller()
        self._jobs.put(partial(_do, work, caller))
        return await caller.future  # type: ignore[no-any-return]  # the result of its work

    async def run_together(
        self, work: Callable[[Sequence[Item]], Sequence[Result | Exception]], item: Item
    ) -> Result:
        """What `work` makes of `item`, done for all items that wait for it when a thread is free.

        It returns for each item its result, or the exception that is raised here; what it raises is
        raised to all of them. Raises RuntimeError after `close`.
        """
        caller = self._caller()
        with self._grouping:
            group = self._groups.setdefault(work, [])
            if not group:
                self._jobs.put(partial(self._do_together, work))
            group.append((item, caller))
        return await caller.future  # type: ignore[no-any-return]  # the result of its work

    def close(self) -> None:
        """Do what was handed in, then stop."""
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _caller(self) -> _Caller:
        if self._closed:
            raise RuntimeError("the threads were stopped")
        loop = asyncio.get_running_loop()
        if self._answers is None or self._answers.loop is not loop:
            self._answers = _Answers(loop)
        return _Caller(loop.create_future(), self._answers)

    def _run(self) -> None:
        while job := self._jobs.get():
            job()

    def _do_together(self, work: Callable[[Sequence[Any]], Sequence[object]]) -> None:
        with self._grouping:
            group = self._groups.pop(work)
        try:
            results = work([item for item, _ in group])
            assert len(results) == len(group), "each item has a result"
        except BaseException as error:  # it belongs to whoever waits for the results
            results = [error] * len(group)
        for (_, caller), result in zip(group, results, strict=True):
            if isinstance(result, BaseException):
                caller.tell(None, result)
            else:
                caller.tell(result)


def _do(work: Callable[[], object], caller: _Caller) -> None:
    if caller.future.cancelled():
        return
    try:
        result = work()
    except BaseException as error:  # it belongs to whoever waits for the result
        caller.tell(None, error)
    else:
        caller.tell(result)


class _Answers:
    """Results on their way to an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._ready: deque[tuple[asyncio.Future[Any], object, BaseException | None]] = deque()
        self._woken = False

    def put(
        self, future: "asyncio.Future[Any]", result: object, error: BaseException | None
    ) -> None:
        """Called by a thread: what is put before the loop has looked is seen when it looks."""
        self._ready.append((future, result, error))
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                self.loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        self._woken = False  # before looking: what comes from now on wakes the loop again
        while self._ready:
            future, result, error = self._ready.popleft()
            if future.done():
                continue
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)
