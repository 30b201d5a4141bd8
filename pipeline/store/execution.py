"""The only code that writes a state: one event of the life-cycle table in one transaction.

The row is read, `policy.lifecycle.step` says what the event does, and the row is written back only
if nobody changed it meanwhile (compare and set on state and row version). The audit row stands in
the same transaction. What the table asks about approvals, bytes and time is answered here, from
the store, and never by the caller.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, and_, bindparam, select, update

from pipeline.store import audit
from pipeline.store.statements import Statement, to_json
from pipeline.store.tables import MESSAGE_FIELDS, SERVICE_FIELDS, message, service
from policy.lifecycle import Actor, LifecycleEvent, Refused, State, Step, initial, step

__all__ = [
    "SYSTEM", "WORKER", "ConflictError", "NotFoundError", "RefusedError", "Who", "current",
    "execute", "execute_on_service", "now_ms",
]  # fmt: skip


class NotFoundError(LookupError):
    """There is no such message."""


class RefusedError(Exception):
    """The table refuses the event; `reasons` are sentences for the person who asked."""

    def __init__(self, reasons: tuple[str, ...], state: State | None = None) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
        self.state = state


class ConflictError(Exception):
    """Somebody else changed the row between reading and writing it."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who causes an event; `id` names the key, person or worker in the audit log."""

    actor: Actor
    id: str


WORKER = Who(Actor.WORKER, "worker")
SYSTEM = Who(Actor.SYSTEM, "system")

_RECORD = (*MESSAGE_FIELDS, *SERVICE_FIELDS)
_SELECT = Statement(
    select(
        message.c.state,
        message.c.row_version,
        *(message.c[name] for name in MESSAGE_FIELDS),
        *(service.c[name] for name in SERVICE_FIELDS),
    )
    .select_from(message.join(service, service.c.id == 1))
    .where(message.c.id == bindparam("key"))
)


def now_ms() -> int:
    """The time as the store keeps it: whole milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def current(connection: Connection, key: str) -> tuple[State, dict[str, int | bool], int]:
    """State, record and row version of a message; raises NotFoundError."""
    row = _SELECT.row(connection, {"key": key})
    if row is None:
        raise NotFoundError(f"there is no message {key}")
    state, version, *fields = row
    return State(state), dict(zip(_RECORD, fields, strict=True)), version


def execute(
    connection: Connection,
    key: str,
    event: LifecycleEvent,
    who: Who,
    inputs: Mapping[str, int | bool] | None = None,
    detail: Mapping[str, object] | None = None,
    columns: Mapping[str, object] | None = None,
) -> Step:
    """Take `event` for message `key`; returns the step that was taken.

    `columns` are further columns of the row that change with the step, `detail` goes to the audit
    log. Raises RefusedError when the table does not allow it now, NotFoundError, ConflictError.
    """
    state, record, version = current(connection, key)
    outcome = step(event, who.actor, state, record, dict(inputs or {}))
    if isinstance(outcome, Refused):
        raise RefusedError(outcome.reasons, state)
    at = now_ms()
    columns = columns or {}
    written = _update(tuple(columns)).run(
        connection,
        {
            "key": key,
            "state_before": state.value,
            "version_before": version,
            "new_state": outcome.state.value,
            "new_row_version": version + 1,
            "new_transition": outcome.transition.name,
            "new_changed_at": at,
            **{f"new_{name}": int(outcome.record[name]) for name in MESSAGE_FIELDS},
            **{f"new_{name}": _stored(value) for name, value in columns.items()},
        },
    )
    if written != 1:
        raise ConflictError(f"message {key} was changed by somebody else")
    audit.record(
        connection,
        at=at,
        actor=who.actor.value,
        actor_id=who.id,
        event=outcome.transition.name,
        message=key,
        detail={
            "state": outcome.state.value,
            **{name: int(outcome.record[name]) for name in ("facts", "content", "policy")},
            **(detail or {}),
        },
    )
    return outcome


def execute_on_service(
    connection: Connection,
    event: LifecycleEvent,
    who: Who,
    inputs: Mapping[str, int | bool] | None = None,
    policy_digest: str | None = None,
) -> None:
    """Take an event of the service (reload, pause, resume); raises RefusedError."""
    row = connection.execute(select(service)).mappings().one()
    state, record = initial(inbound=False, **{name: row[name] for name in SERVICE_FIELDS})
    outcome = step(event, who.actor, state, record, dict(inputs or {}))
    if isinstance(outcome, Refused):
        raise RefusedError(outcome.reasons)
    changes: dict[str, object] = {name: int(outcome.record[name]) for name in SERVICE_FIELDS}
    if policy_digest is not None:
        changes["policy_digest"] = policy_digest
    connection.execute(update(service).values(changes))
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event=outcome.transition.name,
        detail=changes,
    )


@cache
def _update(columns: tuple[str, ...]) -> Statement:
    """The compare-and-set of a message's row, with further `columns`."""
    names = ("state", "row_version", "transition", "changed_at", *MESSAGE_FIELDS, *columns)
    return Statement(
        update(message)
        .where(
            and_(
                message.c.id == bindparam("key"),
                message.c.state == bindparam("state_before"),
                message.c.row_version == bindparam("version_before"),
            )
        )
        .values({name: bindparam(f"new_{name}") for name in names})
    )


def _stored(value: object) -> object:
    return to_json(value) if isinstance(value, dict | list) else value
