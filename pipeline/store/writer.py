"""Threads that write, and commit what waits together: group commit.

A unit of work that fails takes nothing with it, since each runs in a savepoint of its own; all of a
round share one commit, hence one fsync. Work of a kind that can be done for many at a time is one
unit; when it fails, it is done for each alone. A caller is answered only after that commit. With
`synchronous=FULL` (SQLite) and `synchronous_commit=on` (PostgreSQL) an answer therefore means that
the work survives a power cut.

Work may be run twice, when another process was in the way, and so must have no effect but on the
connection that it is given.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from pipeline.store import audit
from pipeline.store.backend import Backend, CannotOpenError, Fault, Session
from pipeline.store.statements import command

__all__ = ["StoreClosedError", "StoreUnavailableError", "Writer"]

Item = TypeVar("Item")
Result = TypeVar("Result")
_LARGEST_ROUND = 256
_TRIES = 5


class StoreUnavailableError(Exception):
    """The store cannot do the work now; when its connection broke, it may have been done yet."""


class StoreClosedError(StoreUnavailableError):
    """The store was closed, or stopped after an error of the disk."""


class _OneFailedError(Exception):
    """A unit of work failed that was not in a savepoint."""


@dataclass(slots=True)
class _Job:
    """One caller's work: of its own, or `together`, done for the items of many callers at once."""

    work: Callable[[Connection], object] | None
    together: Callable[[Connection, Sequence[Any]], Sequence[object]] | None
    item: object
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[object]"
    result: object = None
    error: BaseException | None = None


class Writer:
    """Runs units of work in threads of its own: one if `alone`, when no other writer is at work.

    Else there are two, so that one works while the other waits for the disk.
    """

    def __init__(self, backend: Backend, *, alone: bool) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._threads = [
            _Thread(backend, self._jobs, self._closed, alone=alone)
            for _ in range(1 if alone else 2)
        ]
        for thread in self._threads:
            thread.start()

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """The result of `work`, once it is committed; what `work` raises is raised here.

        Raises StoreUnavailableError when it could not be committed. A caller that is cancelled
        meanwhile gets no answer, but the work is done or not done as a whole.
        """
        return await self._handed_in(work, None, None)  # type: ignore[return-value]  # the job's own result

    async def write_together(
        self, work: Callable[[Connection, Sequence[Item]], Sequence[Result | Exception]], item: Item
    ) -> Result:
        """What `work` makes of `item`, as in `write`; all items that wait are given to it at once.

        It returns for each item its result or, if it wrote nothing for that one, the exception
        that is raised here. What it raises itself is of one item: each is tried alone then.
        """
        return await self._handed_in(None, work, item)  # type: ignore[return-value]  # the job's own result

    async def _handed_in(
        self,
        work: Callable[[Connection], object] | None,
        together: Callable[[Connection, Sequence[Any]], Sequence[object]] | None,
        item: object,
    ) -> object:
        if self._closed.is_set():
            raise StoreClosedError("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        self._jobs.put(_Job(work, together, item, loop, future))
        return await future

    def close(self) -> None:
        """Finish what was handed in, then stop."""
        self._closed.set()
        self._jobs.put(None)
        for thread in self._threads:
            thread.join()


class _Thread(threading.Thread):
    """Takes what waits in `jobs`, round by round, until it finds None; then so do the others."""

    def __init__(
        self,
        backend: Backend,
        jobs: "queue.SimpleQueue[_Job | None]",
        closed: threading.Event,
        *,
        alone: bool,
    ) -> None:
        super().__init__(name="store-writer", daemon=True)
        self._backend = backend
        self._alone = alone
        self._session: Session | None = None
        self._jobs = jobs
        self._closed = closed

    def run(self) -> None:
        """Work until the end, and leave nobody without an answer."""
        try:
            while jobs := self._next_round():
                self._perform(jobs)
                _answer(jobs)
        finally:
            self._closed.set()
            self._disconnect()
            self._refuse_the_rest()
            self._jobs.put(None)

    def _next_round(self) -> list[_Job]:
        first = self._jobs.get()
        if first is None:
            return []
        jobs = [first]
        with suppress(queue.Empty):
            while len(jobs) < _LARGEST_ROUND:
                job = self._jobs.get_nowait()
                if job is None:
                    self._jobs.put(None)
                    break
                jobs.append(job)
        return jobs

    def _perform(self, jobs: list[_Job]) -> None:
        # Over a network a savepoint costs as much as the work: it is tried without, as it seldom
        # fails, and once more with them when it does.
        savepoints = not self._backend.several
        for _ in range(_TRIES):
            try:
                if self._session is None:
                    self._session = self._backend.connect(read_only=False)
                run = self._round if savepoints else self._round_without_savepoints
                self._session.run(lambda connection: run(connection, jobs))  # noqa: B023  # run at once
                return
            except _OneFailedError:
                savepoints = True
            except CannotOpenError as error:
                reason: Exception = error
                break
            except Exception as error:
                reason = error
                fault = self._backend.fault(error)
                if fault is Fault.LOST:
                    self._disconnect(lost=True)
                if fault is Fault.BROKEN:
                    self._closed.set()
                    self._jobs.put(None)
                if fault is not Fault.IN_THE_WAY:
                    break
        for job in jobs:
            job.error = StoreUnavailableError(f"the store cannot write: {reason}")

    def _round(self, connection: Connection, jobs: list[_Job]) -> None:
        with self._transaction(connection):
            for unit in _units(jobs):
                self._attempt(connection, unit)

    def _round_without_savepoints(self, connection: Connection, jobs: list[_Job]) -> None:
        with self._transaction(connection):
            for unit in _units(jobs):
                try:
                    _do(connection, unit)
                except Exception as error:
                    if self._backend.fault(error) is Fault.OF_THE_WORK:
                        raise _OneFailedError from error
                    raise

    @contextmanager
    def _transaction(self, connection: Connection) -> Iterator[None]:
        audit.discard(connection)
        try:
            self._backend.begin(connection, alone=self._alone)
            yield
            if not self._alone:
                self._backend.lock_audit(connection)
            audit.seal(connection)
            command(connection, "COMMIT")
        except Exception:
            with suppress(Exception):  # a connection that is gone has rolled back already
                command(connection, "ROLLBACK")
            raise

    def _attempt(self, connection: Connection, unit: Sequence[_Job]) -> None:
        command(connection, "SAVEPOINT job")
        recorded = audit.mark(connection)
        try:
            _do(connection, unit)
        except Exception as error:
            if self._backend.fault(error) is not Fault.OF_THE_WORK:
                raise  # the round as a whole did not happen
            audit.back_to(connection, recorded)
            command(connection, "ROLLBACK TO job")
            if len(unit) == 1:
                unit[0].error = error
            else:
                for job in unit:
                    self._attempt(connection, [job])
        command(connection, "RELEASE job")

    def _disconnect(self, *, lost: bool = False) -> None:
        if self._session is not None:
            self._session.close(lost=lost)
            self._session = None

    def _refuse_the_rest(self) -> None:
        with suppress(queue.Empty):
            while True:
                job = self._jobs.get_nowait()
                if job is not None:
                    job.error = StoreClosedError("the store is closed")
                    _answer([job])


def _units(jobs: Sequence[_Job]) -> list[list[_Job]]:
    """Jobs that are done in one call, by the first of each."""
    units: dict[object, list[_Job]] = {}
    for job in jobs:
        units.setdefault(job.together or id(job), []).append(job)
    return list(units.values())


def _do(connection: Connection, unit: Sequence[_Job]) -> None:
    """One job, or several that are done together."""
    for job in unit:
        job.result = job.error = None
    first = unit[0]
    if first.together is None:
        assert first.work is not None
        first.result = first.work(connection)
        return
    outcomes = first.together(connection, [job.item for job in unit])
    for job, outcome in zip(unit, outcomes, strict=True):
        if isinstance(outcome, Exception):
            job.error = outcome
        else:
            job.result = outcome


def _answer(jobs: list[_Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, its in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, its)


def _settle(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
