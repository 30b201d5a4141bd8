"""The store in one SQLite file: opened by one process, with one writer and a few readers."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from pipeline.store.backend import CannotOpenError, Fault, Session
from pipeline.store.statements import command, to_json

__all__ = ["Sqlite"]

Result = TypeVar("Result")
_SAFE = (3, 51, 3)


class Sqlite:
    """The file at `path`; with `shared` it may be open in another process, and is only read.

    Raises CannotOpenError when it is not there and not to be `made`, when another process has it
    open, or when SQLite itself is one that may corrupt it.
    """

    several = False

    def __init__(self, path: Path, *, made: bool = True, shared: bool = False) -> None:
        if sqlite.sqlite_version_info < _SAFE:
            raise CannotOpenError(
                f"SQLite {sqlite.sqlite_version} can corrupt a write-ahead log; "
                f"install pysqlite3 0.6.1 or later"
            )
        if not made and not path.is_file():
            raise CannotOpenError(
                f"there is no store {path}; name the one that `gatepost serve` uses"
            )
        self._path = path
        self._lock = None if shared else _Lock(path)

    def connect(self, *, read_only: bool) -> Session:
        """A new connection for the calling thread."""
        return _Session(_engine(self._path, read_only=read_only), self._path)

    def begin(self, connection: Connection, *, alone: bool) -> None:  # it always is
        """Begin a transaction."""
        command(connection, "BEGIN IMMEDIATE")

    def begin_upgrade(self, connection: Connection) -> None:
        """Begin a transaction in which tables may be made anew."""
        command(connection, "PRAGMA foreign_keys = OFF")
        command(connection, "BEGIN IMMEDIATE")

    def lock_audit(self, connection: Connection) -> None:
        """Nothing to do: there is one writer."""

    def fault(self, error: Exception) -> Fault:
        """What `error` means."""
        if "disk I/O error" in str(error):
            # After a failed fsync the kernel may have dropped what it could not write: what a
            # later commit would claim can no longer be trusted.
            return Fault.BROKEN
        if isinstance(error, (OperationalError, sqlite.OperationalError)):
            return Fault.UNAVAILABLE
        return Fault.OF_THE_WORK

    def forget(self, connection: Connection) -> str | None:
        """Empty the write-ahead log; a reader may keep it in use."""
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        return "the write-ahead log, which is in use" if busy else None

    def close(self) -> None:
        """Let another process have the file."""
        if self._lock is not None:
            self._lock.close()


class _Session:
    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        try:
            self._connection = engine.connect()
        except (DatabaseError, sqlite.DatabaseError):
            raise CannotOpenError(f"{path} is no store of Gatepost") from None

    def run(self, work: Callable[[Connection], Result]) -> Result:
        return work(self._connection)

    def close(self, *, lost: bool = False) -> None:  # a file is never lost
        self._connection.close()
        self._engine.dispose()


class _Lock:
    """An exclusive lock on a file, released by the kernel when the process ends."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.with_name(path.name + ".lock").open("a")
        except OSError as error:
            raise CannotOpenError(
                f"the store {path} cannot be made: {error.filename}: {error.strerror}; name a file "
                "in a folder that can be written to"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise CannotOpenError(
                f"another process has {path} open; stop it first, or give this one a store of "
                f"its own"
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
        json_serializer=to_json,
    )
