"""Threads that do what an event loop must not: each piece of work alone, the results together.

A thread wakes the loop through a pipe, and fights it for the interpreter; for a lookup in the store
that is more than the work. So it wakes the loop once for all results that come until it looks.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = ["Threads"]

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[], object]
    future: "asyncio.Future[Any]"
    answers: "_Answers"


class Threads:
    """`size` threads; `close` waits for what was handed in."""

    def __init__(self, size: int, name: str) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
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
        if self._closed:
            raise RuntimeError("the threads were stopped")
        loop = asyncio.get_running_loop()
        if self._answers is None or self._answers.loop is not loop:
            self._answers = _Answers(loop)
        future: asyncio.Future[Result] = loop.create_future()
        self._jobs.put(_Job(work, future, self._answers))
        return await future

    def close(self) -> None:
        """Do what was handed in, then stop."""
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while job := self._jobs.get():
            if job.future.cancelled():
                continue
            result, error = None, None
            try:
                result = job.work()
            except BaseException as raised:  # it belongs to whoever waits for the result
                error = raised
            job.answers.put(job.future, result, error)


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
