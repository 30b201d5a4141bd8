"""The SQLite file: opened by one process, with one writer and a few readers."""

import asyncio
import fcntl
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, create_engine, inspect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from pipeline.store.constraints import sqlite_triggers
from pipeline.store.tables import metadata, service
from pipeline.store.writer import StoreUnavailableError, Writer
from policy.lifecycle import FIELDS

__all__ = ["CannotOpenError", "Store", "reading"]

Result = TypeVar("Result")
_SCHEMA_VERSION = 5
_READERS = 2
_SAFE_SQLITE = (3, 51, 3)


class CannotOpenError(Exception):
    """The store cannot be opened; the message says why and what to do."""


class Store:
    """Messages and all that is kept about them, in the SQLite file at `path`.

    Made if it is not there. Raises CannotOpenError when another process has it open, when it is no
    store of this version, or when SQLite itself is one that may corrupt it.
    """

    def __init__(self, path: Path) -> None:
        if sqlite.sqlite_version_info < _SAFE_SQLITE:
            raise CannotOpenError(
                f"SQLite {sqlite.sqlite_version} can corrupt a write-ahead log; "
                f"install pysqlite3 0.6.1 or later"
            )
        self.path = path
        self._lock = _locked(path.with_name(path.name + ".lock"))
        self._engine = _engine(path, read_only=False)
        try:
            with self._engine.connect() as connection:
                _prepare(connection, path)
        except BaseException:
            self._engine.dispose()
            self._lock.close()
            raise
        self._writer = Writer(self._engine.connect)
        self._read_engine = _engine(path, read_only=True)
        self._local = threading.local()
        self._connections: list[Connection] = []
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """The result of `work`, committed and durable; see `Writer.write`."""
        return await self._writer.write(work)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """The result of `work` on a connection that can only read."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def forget(self) -> None:
        """Have the file itself forget what was deleted: empty the write-ahead log.

        Raises StoreUnavailableError when a reader keeps it in use.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._empty_log)

    def _empty_log(self) -> None:
        with self._engine.connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        if busy:
            raise StoreUnavailableError(
                "erased content still stands in the write-ahead log, which is in use; erase again"
            )

    def close(self) -> None:
        """Commit what was handed in, close the file and let another process have it."""
        self._writer.close()
        self._readers.shutdown()
        for connection in self._connections:
            connection.close()
        self._read_engine.dispose()
        self._engine.dispose()
        self._lock.close()

    def _read(self, work: Callable[[Connection], Result]) -> Result:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._read_engine.connect()
            self._connections.append(connection)
        return work(connection)


@contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """A connection that only reads the store at `path`, which another process may have open.

    Raises CannotOpenError when there is no store of this version.
    """
    if not path.is_file():
        raise CannotOpenError(f"there is no store {path}; name the one that `gatepost serve` uses")
    engine = _engine(path, read_only=True)
    try:
        with engine.connect() as connection:
            try:
                version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            except DatabaseError:
                raise CannotOpenError(f"{path} is no store of Gatepost") from None
            if version != _SCHEMA_VERSION:
                raise CannotOpenError(f"{path} has schema {version}, not {_SCHEMA_VERSION}")
            yield connection
    finally:
        engine.dispose()


def _locked(path: Path) -> "_Lock":
    path.parent.mkdir(parents=True, exist_ok=True)
    return _Lock(path)


class _Lock:
    """An exclusive lock on a file, released by the kernel when the process ends."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise CannotOpenError(
                f"another process has {path.with_suffix('')} open; stop it first, or give this one "
                f"a store of its own"
            ) from None

    def close(self) -> None:
        self._file.close()


def _engine(path: Path, *, read_only: bool) -> Engine:
    def connect() -> object:
        mode = "ro" if read_only else "rwc"
        connection = sqlite.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=5,
        )
        connection.execute("PRAGMA foreign_keys = ON")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")  # erased means overwritten
        return connection

    return create_engine(
        "sqlite://",
        module=sqlite,
        creator=connect,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
    )


def _prepare(connection: Connection, path: Path) -> None:
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if version == 0 and not inspect(connection).get_table_names():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        metadata.create_all(connection)
        for trigger in sqlite_triggers():
            connection.exec_driver_sql(trigger)
        connection.execute(service.insert().values(_first_service_row()))
        connection.exec_driver_sql(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        connection.exec_driver_sql("COMMIT")
    elif version != _SCHEMA_VERSION:
        raise CannotOpenError(
            f"{path} has schema {version}, this program knows {_SCHEMA_VERSION}; use the program "
            f"that wrote it, or migrate it"
        )


def _first_service_row() -> dict[str, object]:
    return {
        "id": 1,
        "policy_digest": "",
        "signing_secret": secrets.token_bytes(32),
        **{name: int(spec.initial) for name, spec in FIELDS.items() if spec.of_service},
    }
