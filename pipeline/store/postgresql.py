"""The store in PostgreSQL: several processes on several machines may have it open.

The store's functions are written as if each were alone, and so they are: a round of work holds an
advisory lock until it commits. Work on claimed messages holds it shared, since two workers never
have the same message (`FOR UPDATE SKIP LOCKED`, leases). PostgreSQL hands the lock out in the order
of asking, so neither side starves, and takes it back from a process that dies or stops.

Locks are always taken in this order: the store, rows, the audit log.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import uvloop
from asyncpg import exceptions as postgres
from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from pipeline.store.backend import CannotOpenError, Fault, Session
from pipeline.store.statements import command, to_json

__all__ = ["Postgresql", "is_postgresql_url"]

Result = TypeVar("Result")
_STORE_LOCK = 0x6761_7465_706F_7374  # "gatepost"
_AUDIT_LOCK = 0x6175_6469_746C_6F67  # "auditlog"
_SETTINGS = {
    "application_name": "gatepost",
    "synchronous_commit": "on",
    "default_transaction_isolation": "read committed",
    "timezone": "UTC",
    # A plan that is kept is one for tables as small as they were when it was made: it reads them
    # whole long after they have grown. Planning each time costs a fraction of that.
    "plan_cache_mode": "force_custom_plan",
    # In milliseconds. A process that stops in the middle of a round must not stop the others.
    "idle_in_transaction_session_timeout": "15000",
    "lock_timeout": "20000",
    "statement_timeout": "60000",
}
_IN_THE_WAY = (postgres.DeadlockDetectedError, postgres.SerializationError)
_LOST = (
    postgres.PostgresConnectionError,
    postgres.InterfaceError,
    postgres.AdminShutdownError,
    postgres.CrashShutdownError,
    postgres.CannotConnectNowError,
    postgres.IdleInTransactionSessionTimeoutError,
    OSError,
)
_UNAVAILABLE = (
    postgres.InsufficientResourcesError,
    postgres.OperatorInterventionError,
    postgres.LockNotAvailableError,
    postgres.PostgresSystemError,
    postgres.InternalServerError,
)


def is_postgresql_url(location: str) -> bool:
    """Whether `location` names a PostgreSQL database and not a file."""
    return location.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://"))


class Postgresql:
    """The database at `location`, a URL; raises CannotOpenError when it is none."""

    several = True

    def __init__(self, location: str) -> None:
        try:
            url = make_url(location)
        except (ArgumentError, ValueError):
            raise CannotOpenError(
                "the store's URL cannot be read; write postgresql://USER:PASSWORD@HOST/DATABASE"
            ) from None
        self._url = url.set(drivername="postgresql+asyncpg")

    def connect(self, *, read_only: bool) -> Session:
        """A new connection for the calling thread; raises CannotOpenError."""
        return _Session(self._url, read_only=read_only)

    def begin(self, connection: Connection, *, alone: bool) -> None:
        """Begin a transaction; with `alone` no other writer is at work until it ends."""
        shared = "" if alone else "_shared"
        command(connection, f"BEGIN; SELECT pg_advisory_xact_lock{shared}({_STORE_LOCK})")

    def begin_upgrade(self, connection: Connection) -> None:
        """Begin a transaction in which tables may be made anew."""
        self.begin(connection, alone=True)

    def lock_audit(self, connection: Connection) -> None:
        """Have nobody else append to the audit log until the transaction ends."""
        command(connection, f"SELECT pg_advisory_xact_lock({_AUDIT_LOCK})")

    def fault(self, error: Exception) -> Fault:
        """What `error` means."""
        cause: BaseException | None = error
        if isinstance(error, DBAPIError):
            if error.connection_invalidated:
                return Fault.LOST
            cause = error.orig.__cause__ if error.orig is not None else None
        if isinstance(cause, postgres.DataError | TypeError):
            return Fault.OF_THE_WORK
        if isinstance(cause, _IN_THE_WAY):
            return Fault.IN_THE_WAY
        if isinstance(cause, _LOST):
            return Fault.LOST
        if isinstance(cause, _UNAVAILABLE):
            return Fault.UNAVAILABLE
        return Fault.OF_THE_WORK

    def forget(self, connection: Connection) -> str | None:
        """Let the room of deleted rows be written over (in the log and in backups they stay)."""
        command(connection, "SET statement_timeout = 0")  # it takes as long as it takes
        command(connection, "VACUUM")
        return None

    def close(self) -> None:
        """Nothing to do: locks are those of sessions."""


class _Session:
    """A connection with an event loop of its own, which runs only while the caller waits."""

    def __init__(self, url: URL, *, read_only: bool) -> None:
        settings = {**_SETTINGS, "default_transaction_read_only": "on" if read_only else "off"}
        self._engine = create_async_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            json_serializer=to_json,
            connect_args={"server_settings": settings, "timeout": 10},
        )
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        try:
            self._connection = self._runner.run(self._connect())
        except (OSError, TimeoutError, postgres.PostgresError, DBAPIError) as error:
            self._runner.close()
            where = url.render_as_string(hide_password=True)
            raise CannotOpenError(f"the store {where} cannot be opened: {error}") from None

    async def _connect(self) -> AsyncConnection:
        return await self._engine.connect()

    def run(self, work: Callable[[Connection], Result]) -> Result:
        return self._runner.run(self._connection.run_sync(work))

    def close(self, *, lost: bool = False) -> None:
        async def end() -> None:
            if lost:
                await self._connection.invalidate()  # there is nobody to say goodbye to
            await self._connection.close()
            await self._engine.dispose()

        try:
            self._runner.run(end())
        except (OSError, postgres.PostgresError, postgres.InterfaceError, DBAPIError):
            pass  # the server closed it before
        finally:
            self._runner.close()
