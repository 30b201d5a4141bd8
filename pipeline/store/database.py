"""The store: written by one thread (or two), read by a few, on SQLite or PostgreSQL."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from pipeline.store.backend import Backend, CannotOpenError, Fault, Session
from pipeline.store.postgresql import Postgresql, is_postgresql_url
from pipeline.store.schema import check, prepare, upgrade
from pipeline.store.sqlite import Sqlite
from pipeline.store.statements import command
from pipeline.store.threads import Threads
from pipeline.store.writer import StoreUnavailableError, Writer

__all__ = ["CannotOpenError", "Store", "read_store", "upgrade_store"]

Item = TypeVar("Item")
Result = TypeVar("Result")
_READERS = 2


class Store:
    """Messages and all that is kept about them, at `location`: a file, or postgresql://….

    Made if it is not there. Raises CannotOpenError when another process has the file open, when
    its schema is not that of this program, or when the database cannot be reached.
    """

    def __init__(self, location: Path | str) -> None:
        self._backend = backend = _backend(location)
        try:
            with ThreadPoolExecutor(1) as thread:  # whatever loop this one may be running
                thread.submit(_prepared, backend).result()
        except BaseException:
            backend.close()
            raise
        self._writer = Writer(backend, alone=True)
        self._beside = Writer(backend, alone=False) if backend.several else self._writer
        self._local = threading.local()
        self._sessions: set[Session] = set()
        self._readers = Threads(_READERS, "store-reader")
        self._together = cache(lambda work: partial(self._read_together, work))

    @property
    def several(self) -> bool:
        """Whether other processes may have the store open, too."""
        return self._backend.several

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """The result of `work`, committed and durable; see `Writer.write`."""
        return await self._writer.write(work)

    async def write_together(
        self, work: Callable[[Connection, Sequence[Item]], Sequence[Result | Exception]], item: Item
    ) -> Result:
        """What `work` makes of `item` and of what others hand in; see `Writer.write_together`."""
        return await self._writer.write_together(work, item)

    async def write_beside(self, work: Callable[[Connection], Result]) -> Result:
        """The same for work on claimed messages that reads and writes nothing but them.

        On PostgreSQL it runs beside such work of other workers; all else waits for it.
        """
        return await self._beside.write(work)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """The result of `work` on a connection that can only read."""
        return await self._readers.run(lambda: self._read(work))

    async def read_together(
        self, work: Callable[[Connection, Sequence[Item]], Sequence[Result | Exception]], item: Item
    ) -> Result:
        """What `work`, a function of a module, makes of `item` and of what others ask for.

        It is done for all who wait at once, and returns for each item its result or the exception
        that is raised here. What it raises itself is of one item: each is tried alone then.
        """
        result: Result = await self._readers.run_together(self._together(work), item)
        return result

    async def forget(self) -> None:
        """Have the database's own files forget what was deleted.

        Raises StoreUnavailableError when a reader keeps it in use.
        """
        loop = asyncio.get_running_loop()
        remains = await loop.run_in_executor(None, _once, self._backend, self._backend.forget)
        if remains is not None:
            raise StoreUnavailableError(f"erased content still stands in {remains}; erase again")

    def close(self) -> None:
        """Commit what was handed in, close the connections and let another process have it."""
        self._writer.close()
        if self._beside is not self._writer:
            self._beside.close()
        self._readers.close()
        with ThreadPoolExecutor(1) as thread:  # whatever loop this one may be running
            list(thread.map(lambda session: session.close(), self._sessions))
        self._backend.close()

    def _read(self, work: Callable[[Connection], Result]) -> Result:
        for last_try in (False, True):
            try:
                return self._session().run(work)
            except Exception as error:
                fault = self._backend.fault(error)
                if fault is Fault.OF_THE_WORK:
                    raise
                if fault is Fault.LOST:
                    self._forget_session()
                if fault is not Fault.LOST or last_try:
                    raise StoreUnavailableError(f"the store cannot be read: {error}") from error
        raise AssertionError("the second try returns or raises")

    def _read_together(
        self,
        work: Callable[[Connection, Sequence[Item]], Sequence[Result | Exception]],
        items: Sequence[Item],
    ) -> Sequence[Result | Exception]:
        try:
            return self._read(lambda connection: work(connection, items))
        except Exception as error:
            if len(items) == 1 or isinstance(error, StoreUnavailableError):
                return [error] * len(items)
            return [one for item in items for one in self._read_together(work, [item])]

    def _session(self) -> Session:
        session: Session | None = getattr(self._local, "session", None)
        if session is None:
            try:
                session = self._backend.connect(read_only=True)
            except CannotOpenError as error:
                raise StoreUnavailableError(str(error)) from error
            self._local.session = session
            self._sessions.add(session)
        return session

    def _forget_session(self) -> None:
        session: Session = self._local.session
        self._local.session = None
        self._sessions.discard(session)
        session.close(lost=True)


def read_store(location: Path | str, work: Callable[[Connection], Result]) -> Result:
    """The result of `work`, which only reads, on a store that other processes may have open.

    Raises CannotOpenError when there is no store of this version.
    """

    def checked(connection: Connection) -> Result:
        check(connection)
        return work(connection)

    backend = _backend(location, made=False, shared=True)
    return _once(backend, checked, read_only=True)


def upgrade_store(location: Path | str) -> tuple[str, str]:
    """Bring the schema of a store up to date; returns the revision before and after.

    Raises CannotOpenError when there is no store, or one that is in use (SQLite) or too new.
    """
    backend = _backend(location, made=False)

    def upgraded(connection: Connection) -> tuple[str, str]:
        backend.begin_upgrade(connection)
        result = upgrade(connection)
        command(connection, "COMMIT")
        return result

    try:
        return _once(backend, upgraded)
    finally:
        backend.close()


def _backend(location: Path | str, *, made: bool = True, shared: bool = False) -> Backend:
    if isinstance(location, str) and is_postgresql_url(location):
        return Postgresql(location)
    return Sqlite(Path(location), made=made, shared=shared)


def _prepared(backend: Backend) -> None:
    def work(connection: Connection) -> None:
        backend.begin(connection, alone=True)
        prepare(connection)
        command(connection, "COMMIT")

    _once(backend, work)


def _once(
    backend: Backend, work: Callable[[Connection], Result], *, read_only: bool = False
) -> Result:
    session = backend.connect(read_only=read_only)
    try:
        return session.run(work)
    finally:
        session.close()
