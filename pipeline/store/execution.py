"""The only code that writes a state: one event of the life-cycle table in one transaction.

The row is read, `policy.lifecycle.step` says what the event does, and the row is written back only
if nobody changed it meanwhile (compare and set on the row version, which every step raises). The
audit row stands in the same transaction. What the table asks about approvals, bytes and time is
answered here, from the store, and never by the caller.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, select, update

from pipeline.store import audit
from pipeline.store.statements import Statement, to_json
from pipeline.store.tables import MESSAGE_FIELDS, SERVICE_FIELDS, message, service
from policy.lifecycle import TABLE, Actor, LifecycleEvent, Refused, State, Step, initial, step

__all__ = [
    "SYSTEM", "WORKER", "Asked", "ConflictError", "Current", "NotFoundError", "RefusedError", "Who",
    "current", "execute", "execute_all", "execute_on_service", "just_put_in",
    "now_ms", "select_current",
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


@dataclass(frozen=True, slots=True)
class Current:
    """Where a message stands in the store: key, state, row version and the record's values."""

    key: str
    state: State
    version: int
    values: tuple[int | bool, ...]

    @property
    def record(self) -> dict[str, int | bool]:
        """The fields that the life-cycle table knows, by name."""
        return dict(zip(_RECORD, self.values, strict=True))

    @classmethod
    def of(cls, row: Sequence[object]) -> "Current":
        """What the first columns of a row of `select_current` say."""
        key, state, version = row[:3]
        assert isinstance(key, str)
        assert isinstance(version, int)
        return cls(key, State(state), version, tuple(row[3:_WIDTH]))  # type: ignore[arg-type]  # fields are whole numbers


@dataclass(frozen=True, slots=True)
class Asked:
    """An event for a message that stands at `current`; the rest as for `execute`."""

    current: Current
    inputs: Mapping[str, int | bool]
    columns: Mapping[str, object] = field(default_factory=dict)
    detail: Mapping[str, object] = field(default_factory=dict)


_RECORD = (*MESSAGE_FIELDS, *SERVICE_FIELDS)
_WIDTH = 3 + len(_RECORD)


def select_current(*more: ColumnElement[object]) -> Select[tuple[object, ...]]:
    """The query for what `Current.of` reads, with the columns `more` after it."""
    return select(
        message.c.id,
        message.c.state,
        message.c.row_version,
        *(message.c[name] for name in MESSAGE_FIELDS),
        *(service.c[name] for name in SERVICE_FIELDS),
        *more,
    ).select_from(message.join(service, service.c.id == 1))


_SERVICE = Statement(select(*(service.c[name] for name in SERVICE_FIELDS)))
_ONE = select_current().where(message.c.id == bindparam("key"))
_SELECT = Statement(_ONE)
_SELECT_TO_WRITE = Statement(_ONE.with_for_update(of=message))


def now_ms() -> int:
    """The time as the store keeps it: whole milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def current(connection: Connection, key: str) -> tuple[State, dict[str, int | bool], int]:
    """State, record and row version of a message; raises NotFoundError."""
    found = _found(_SELECT, connection, key)
    return found.state, found.record, found.version


def just_put_in(
    connection: Connection, messages: Iterable[tuple[str, State, Sequence[int]]]
) -> list[Current]:
    """Where messages stand that this transaction put in: id, state, values of `MESSAGE_FIELDS`."""
    of_service = _SERVICE.row(connection, {})
    assert of_service is not None, "the service has its row"
    return [Current(key, state, 0, (*values, *of_service)) for key, state, values in messages]


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
    found = _found(_SELECT_TO_WRITE, connection, key)
    outcome = _step(event, who.actor, found, inputs or {})
    if isinstance(outcome, Refused):
        raise RefusedError(outcome.reasons, found.state)
    at, columns = now_ms(), columns or {}
    row = {**_written(outcome, at), **_row(found, columns)}
    if _update(outcome.transition.name, tuple(columns)).run(connection, row) != 1:
        raise ConflictError(f"message {key} was changed by somebody else")
    _record(connection, key, outcome, who, at, {**_detail(outcome), **(detail or {})})
    return outcome


def execute_all(
    connection: Connection,
    event: LifecycleEvent,
    who: Who,
    asked: Sequence[Asked],
    columns: Mapping[str, object] | None = None,
) -> list[Step | RefusedError]:
    """Take `event` for many messages in few statements; returns what became of each, in order.

    Their rows must have been read for update in this transaction, so that nobody can have changed
    them, and every one of them changes the same further columns: those of its own, and `columns`
    to the same values as all others.
    """
    at, columns, outcomes = now_ms(), columns or {}, list[Step | RefusedError]()
    rows: dict[str, list[tuple[Mapping[str, object], dict[str, object]]]] = {}
    alike: dict[int, tuple[Mapping[str, object], Mapping[str, object]]] = {}
    for one in asked:
        found = one.current
        outcome = _step(event, who.actor, found, one.inputs)
        if isinstance(outcome, Refused):
            outcomes.append(RefusedError(outcome.reasons, found.state))
            continue
        outcomes.append(outcome)
        # Steps that are alike are one object, and share what they write and the log says of them.
        if id(outcome) not in alike:
            alike[id(outcome)] = {**_written(outcome, at), **_new(columns)}, _detail(outcome)
        written, detail = alike[id(outcome)]
        rows.setdefault(outcome.transition.name, []).append((written, _row(found, one.columns)))
        if one.detail:
            detail = {**detail, **one.detail}
        _record(connection, found.key, outcome, who, at, detail)
    for transition, its in rows.items():
        write = _update(transition, (*asked[0].columns, *columns))
        common = _common(written for written, _ in its)
        of_each = [_without(common, written, row) for written, row in its]
        write.run_many(connection, of_each, common)
    return outcomes


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


def _step(
    event: LifecycleEvent, actor: Actor, found: Current, inputs: Mapping[str, int | bool]
) -> Step | Refused:
    return _known_step(event, actor, found.state, found.values, tuple(inputs.items()))


@lru_cache(maxsize=4096)
def _known_step(
    event: LifecycleEvent,
    actor: Actor,
    state: State,
    record: tuple[int | bool, ...],
    inputs: tuple[tuple[str, int | bool], ...],
) -> Step | Refused:
    """`step`, which knows nothing but what it is given: most messages stand like many others."""
    return step(event, actor, state, dict(zip(_RECORD, record, strict=True)), dict(inputs))


def _found(statement: Statement, connection: Connection, key: str) -> Current:
    row = statement.row(connection, {"key": key})
    if row is None:
        raise NotFoundError(f"there is no message {key}")
    return Current.of(row)


def _row(found: Current, columns: Mapping[str, object]) -> dict[str, object]:
    """What is written of one message and no other."""
    return {"key": found.key, "version_before": found.version, **_new(columns)}


def _new(columns: Mapping[str, object]) -> dict[str, object]:
    return {f"new_{name}": _stored(value) for name, value in columns.items()}


def _written(outcome: Step, at: int) -> dict[str, object]:
    """What a step writes, whichever message takes it."""
    return {
        "new_state": outcome.state.value,
        "new_transition": outcome.transition.name,
        "new_changed_at": at,
        **{f"new_{name}": int(outcome.record[name]) for name in outcome.transition.effects},
    }


def _common(every: Iterable[Mapping[str, object]]) -> Mapping[str, object]:
    """What all of them say; many are the same object."""
    first, *others = {id(one): one for one in every}.values()
    if not others:
        return first
    return {k: v for k, v in first.items() if all(other[k] == v for other in others)}


def _without(
    common: Mapping[str, object], written: Mapping[str, object], row: dict[str, object]
) -> dict[str, object]:
    """`row`, with what is written to it beside what is common to all."""
    if common is written:
        return row
    return {**row, **{name: value for name, value in written.items() if name not in common}}


def _detail(outcome: Step) -> dict[str, object]:
    """What the audit log says of every step."""
    versions = {name: int(outcome.record[name]) for name in ("facts", "content", "policy")}
    return {"state": outcome.state.value, **versions}


def _record(
    connection: Connection, key: str, outcome: Step, who: Who, at: int, detail: Mapping[str, object]
) -> None:
    audit.record(
        connection,
        at=at,
        actor=who.actor.value,
        actor_id=who.id,
        event=outcome.transition.name,
        message=key,
        detail=detail,
    )


_EFFECTS = {row.name: tuple(row.effects) for row in TABLE}


@cache
def _update(transition: str, columns: tuple[str, ...]) -> Statement:
    """The compare-and-set of a message's row to what a transition makes of it.

    Only what the transition has an effect on is written, and further `columns`.
    """
    names = ("state", "transition", "changed_at", *_EFFECTS[transition], *columns)
    return Statement(
        update(message)
        .where(
            and_(
                message.c.id == bindparam("key"),
                message.c.row_version == bindparam("version_before"),
            )
        )
        .values(
            {name: bindparam(f"new_{name}") for name in names}
            | {"row_version": message.c.row_version + 1}
        )
    )


def _stored(value: object) -> object:
    return to_json(value) if isinstance(value, dict | list) else value
