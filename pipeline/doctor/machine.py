"""The machine: its disk, its clock, and the store with what waits in it."""

import ctypes
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.exc import DBAPIError

from pipeline.doctor.finding import Finding, advice, failure, ok
from pipeline.store.database import CannotOpenError, read_store
from pipeline.store.execution import now_ms
from pipeline.store.postgresql import is_postgresql_url
from pipeline.store.statements import is_postgresql
from pipeline.store.tables import audit, message, service
from policy.lifecycle import State

__all__ = ["check_clock", "check_disk", "check_store"]

_LITTLE_SPACE = 2**30
_LATE_MS = 60 * 60 * 1000
_AHEAD_MS = 60_000
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)


@dataclass(frozen=True, slots=True)
class _Waiting:
    damage: str
    paused: bool
    oldest: int | None
    unknown: int
    newest: int


def check_store(location: str) -> list[Finding]:
    """Whether the store opens and is whole, and what in it needs somebody.

    A file that is not there yet is no fault: the service makes it.
    """
    where = _shown(location)
    if not is_postgresql_url(location) and not Path(location).exists():
        return [ok("store", where, "not there yet; the service makes it")]
    try:
        found = read_store(location, _look)
    except CannotOpenError as error:
        return [failure("store", where, str(error), "see docs/operations.md")]
    except DBAPIError as error:
        return [failure("store", where, f"it cannot be read: {error.orig}",
                        "stop the service and restore a backup (docs/operations.md)")]  # fmt: skip
    if found.damage:
        return [failure("store", where, f"it is damaged: {found.damage}",
                        "stop the service and restore a backup (docs/operations.md)")]  # fmt: skip
    findings = [ok("store", where, "it opens and is whole")]
    now = now_ms()
    if found.paused:
        findings.append(advice("queue", where, "all sending is paused",
                               "resume it in the console"))  # fmt: skip
    elif found.oldest is not None and now - found.oldest > _LATE_MS:
        hours = (now - found.oldest) / 3_600_000
        findings.append(failure("queue", where, f"a message has been due for {hours:.0f} hours",
                                "see that the service runs, and mend what else this page "
                                "shows"))  # fmt: skip
    if found.unknown:
        findings.append(advice("queue", where, f"{found.unknown} messages may or may not have "
                               "arrived", "settle them in the console, under Doubt"))  # fmt: skip
    if found.newest > now + _AHEAD_MS:
        findings.append(failure("clock", where, "the store has rows from the future: the clock "
                                "was set back", "set the clock by NTP"))  # fmt: skip
    return findings


def check_disk(location: str, usage: Callable[[str], object] = shutil.disk_usage) -> list[Finding]:
    """Whether there is room where a store file is; nothing for a database elsewhere."""
    if is_postgresql_url(location):
        return []
    folder = Path(location).absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = int(getattr(usage(str(folder)), "free", 0))
    if free < _LITTLE_SPACE:
        return [failure("disk", str(folder), f"{free // 2**20:,} MB are free",
                        "make room: without it no message is accepted")]  # fmt: skip
    return [ok("disk", str(folder), f"{free // 2**30:,} GB are free")]


def check_clock() -> list[Finding]:
    """Whether the kernel says that the clock is kept by a time server; nothing if it tells none."""
    state = _clock_state()
    if state is None:
        return []
    if state == _UNSYNCHRONISED:
        return [advice("clock", "this machine", "no time server keeps the clock",
                       "run chrony or systemd-timesyncd: deadlines and signatures need the "
                       "time")]  # fmt: skip
    return [ok("clock", "this machine", "kept by a time server")]


def _clock_state() -> int | None:
    if sys.platform != "linux":
        return None
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
    state = adjtimex(ctypes.create_string_buffer(512))  # a struct timex of zeros only reads
    return int(state) if state >= 0 else None


def _look(connection: Connection) -> _Waiting:
    damage = "ok"
    if not is_postgresql(connection):
        damage = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    count = select(func.count()).select_from(message)
    return _Waiting(
        damage="" if damage == "ok" else damage,
        paused=bool(connection.execute(select(service.c.paused)).scalar()),
        oldest=connection.execute(
            select(func.min(message.c.not_before)).where(
                and_(message.c.state == State.QUEUED.value, message.c.not_before > 0)
            )
        ).scalar(),
        unknown=connection.execute(
            count.where(message.c.state == State.UNKNOWN.value)
        ).scalar_one(),
        newest=connection.execute(select(func.max(audit.c.at))).scalar() or 0,
    )


def _shown(location: str) -> str:
    """The location without a password."""
    scheme, found, rest = location.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else location
