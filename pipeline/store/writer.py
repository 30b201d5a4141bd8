"""One thread that writes, and commits what waits together: group commit.

Every unit of work runs in a savepoint of its own, so one that fails takes nothing with it; all of
a round share one commit, hence one fsync. A caller is answered only after that commit. With
`synchronous=FULL` an answer therefore means that the work survives a power cut.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

__all__ = ["StoreClosedError", "StoreUnavailableError", "Writer"]

Result = TypeVar("Result")
_LARGEST_ROUND = 256


class StoreUnavailableError(Exception):
    """The disk refused the work (full, or failing); nothing of it was kept."""


class StoreClosedError(StoreUnavailableError):
    """The store was closed, or stopped after an error of the disk."""


@dataclass(slots=True)
class _Job:
    work: Callable[[Connection], object]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[object]"
    result: object = None
    error: BaseException | None = None


class Writer:
    """Runs units of work on `connection`, which it owns and closes, in a thread of its own."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """The result of `work`, once it is committed; what `work` raises is raised here.

        Raises StoreUnavailableError when it could not be committed. A caller that is cancelled
        meanwhile gets no answer, but the work is done or not done as a whole.
        """
        if self._closed:
            raise StoreClosedError("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        self._jobs.put(_Job(work, loop, future))
        return await future  # type: ignore[return-value]  # the job's own result

    def close(self) -> None:
        """Finish what was handed in, then stop."""
        self._closed = True
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        connection = self._connect()
        try:
            while jobs := self._next_round():
                self._perform(connection, jobs)
                _answer(jobs)
        finally:
            self._closed = True
            connection.close()
            self._refuse_the_rest()

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

    def _perform(self, connection: Connection, jobs: list[_Job]) -> None:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for job in jobs:
                _attempt(connection, job)
            connection.exec_driver_sql("COMMIT")
        except (DBAPIError, sqlite.Error) as error:
            with suppress(DBAPIError):
                connection.exec_driver_sql("ROLLBACK")
            for job in jobs:
                job.error = StoreUnavailableError(f"the store cannot write: {error}")
            if "disk I/O error" in str(error):
                # After a failed fsync the kernel may have dropped what it could not write: what a
                # later commit would claim can no longer be trusted.
                self._closed = True
                self._jobs.put(None)

    def _refuse_the_rest(self) -> None:
        with suppress(queue.Empty):
            while True:
                job = self._jobs.get_nowait()
                if job is not None:
                    job.error = StoreClosedError("the store is closed")
                    _answer([job])


def _attempt(connection: Connection, job: _Job) -> None:
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        job.result = job.work(connection)
    except (OperationalError, sqlite.OperationalError):
        raise  # the disk is full or failing: the round as a whole did not happen
    except Exception as error:
        job.error = error
        connection.exec_driver_sql("ROLLBACK TO job")
    connection.exec_driver_sql("RELEASE job")


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
