"""What a database must offer, so that the store's functions need not know which one it is."""

from collections.abc import Callable
from enum import Enum
from typing import Protocol, TypeVar

from sqlalchemy import Connection

__all__ = ["Backend", "CannotOpenError", "Fault", "Session"]

Result = TypeVar("Result")


class CannotOpenError(Exception):
    """The store cannot be opened; the message says why and what to do."""


class Fault(Enum):
    """What an error of the database means for the round of work in which it came up."""

    OF_THE_WORK = "the work itself is at fault; the rest of the round goes on"
    IN_THE_WAY = "another process was in the way; the round is tried again"
    UNAVAILABLE = "the database cannot do it now (full, busy); the round did not happen"
    LOST = "the connection is gone; whether the round happened is not known"
    BROKEN = "the disk fails; nothing later can be trusted"


class Session(Protocol):
    """A connection, used from one thread."""

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """The result of `work` on this connection."""
        ...

    def close(self, *, lost: bool = False) -> None:
        """Close the connection; `lost`, it is known to be broken."""
        ...


class Backend(Protocol):
    """A database; `several` says whether more than one writer may be at work."""

    several: bool

    def connect(self, *, read_only: bool) -> Session:
        """A new connection for the calling thread; raises CannotOpenError."""
        ...

    def begin(self, connection: Connection, *, alone: bool) -> None:
        """Begin a transaction; with `alone` no other writer is at work until it ends."""
        ...

    def begin_upgrade(self, connection: Connection) -> None:
        """Begin a transaction in which tables may be made anew."""
        ...

    def lock_audit(self, connection: Connection) -> None:
        """Have nobody else append to the audit log until the transaction ends."""
        ...

    def fault(self, error: Exception) -> Fault:
        """What `error` means."""
        ...

    def forget(self, connection: Connection) -> str | None:
        """Have the database's own files forget what was deleted; says what stands in the way."""
        ...

    def close(self) -> None:
        """Let another process have it."""
        ...
