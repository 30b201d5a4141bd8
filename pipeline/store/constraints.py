"""Triggers generated from the life-cycle table: the database itself refuses any other step.

An update of a message's state or fields must name the transition it takes, raise the row version
by one, and be exactly that row of `policy.lifecycle.TABLE`: its sources and target, its guards,
its effects, and every other field unchanged. An input of the event is not a column: one that an
effect stores is read from the new row, and of the others there must exist a value that fits. So
even a person with an SQL shell cannot send a message that the gate holds.
"""

from collections.abc import Iterator
from itertools import product

from pipeline.store.tables import MESSAGE_FIELDS, SERVICE_FIELDS
from policy.lifecycle import FIELDS, TABLE, State, Transition
from policy.terms import (
    AllOf,
    AnyOf,
    Equal,
    Field,
    FieldKind,
    Input,
    InState,
    Literal,
    Minus,
    NoLess,
    Opposite,
    Plus,
    Term,
    inputs_of_terms,
)

__all__ = ["sqlite_triggers"]

_APPEND_ONLY = ("audit", "approval")
_BOUND = ("mime_sha256", "envelope")


def sqlite_triggers() -> Iterator[str]:
    """The `CREATE TRIGGER` statements for SQLite."""
    watched = ", ".join(("id", "state", "transition", "row_version", *MESSAGE_FIELDS))
    yield (
        f"CREATE TRIGGER message_takes_a_step BEFORE UPDATE OF {watched} ON message "
        f"WHEN NOT ({_a_step()}) BEGIN "
        "SELECT RAISE(ABORT, 'this is no step of the life-cycle table'); END"
    )
    yield (
        f"CREATE TRIGGER message_starts BEFORE INSERT ON message WHEN NOT ({_a_start()}) BEGIN "
        "SELECT RAISE(ABORT, 'a message starts as the life-cycle table says'); END"
    )
    yield (
        "CREATE TRIGGER message_stays BEFORE DELETE ON message BEGIN "
        "SELECT RAISE(ABORT, 'a message is never deleted'); END"
    )
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _BOUND)
    yield (
        f"CREATE TRIGGER message_keeps_its_bytes BEFORE UPDATE OF {', '.join(_BOUND)} ON message "
        f"WHEN ({changed}) AND NOT ("
        "NEW.row_version = OLD.row_version + 1 AND (NEW.transition LIKE 'decide%' "
        "OR NEW.transition LIKE 'erase%' AND NEW.envelope IS NULL "
        "AND NEW.mime_sha256 IS OLD.mime_sha256)) BEGIN "
        "SELECT RAISE(ABORT, 'the bytes change only with a decision about them'); END"
    )
    for table in _APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table}_refuses_{event.lower()} BEFORE {event} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, 'the {table} table only grows'); END"
            )


def _a_start() -> str:
    """The values of a new row; `fraud` and `inbound` may be known from the start."""
    fixed = [
        f"NEW.{name} = {int(spec.initial)}"
        for name, spec in FIELDS.items()
        if not spec.of_service and name not in ("fraud", "inbound")
    ]
    return " AND ".join(
        (
            f"NEW.state = CASE NEW.inbound WHEN 1 THEN '{State.RECEIVED.value}' "
            f"ELSE '{State.ACCEPTED.value}' END",
            "NEW.row_version = 0",
            "NEW.transition IS NULL",
            *fixed,
        )
    )


def _a_step() -> str:
    rows = " ".join(
        f"WHEN '{row.name}' THEN {_step(row)}" for row in TABLE if not _of_the_service(row)
    )
    return (
        "NEW.id = OLD.id AND NEW.row_version = OLD.row_version + 1 "
        f"AND CASE NEW.transition {rows} ELSE 0 END"
    )


def _of_the_service(row: Transition) -> bool:
    return any(name in SERVICE_FIELDS for name in row.effects)


def _step(row: Transition) -> str:
    sources = ", ".join(f"'{state.value}'" for state in sorted(row.sources))
    target = f"'{row.target.value}'" if row.target else "OLD.state"
    stored = {
        term.name: f"NEW.{name}" for name, term in row.effects.items() if isinstance(term, Input)
    }
    conditions = [guard.term for guard in row.guards] + [
        Equal(_New(name), row.effects[name])
        for name in MESSAGE_FIELDS
        if name in row.effects and not isinstance(row.effects[name], Input)
    ]
    unchanged = " AND ".join(
        f"NEW.{name} = OLD.{name}" for name in MESSAGE_FIELDS if name not in row.effects
    )
    return (
        f"(OLD.state IN ({sources}) AND NEW.state = {target} AND {unchanged} "
        f"AND ({_for_some_input(conditions, stored)}))"
    )


class _New(Field):
    """The value of a field after the step."""


def _for_some_input(conditions: list[Term], stored: dict[str, str]) -> str:
    """The conditions, true for at least one value of every input that is not stored."""
    free = {name: kind for name, kind in inputs_of_terms(conditions).items() if name not in stored}
    booleans = [name for name, kind in free.items() if kind is FieldKind.BOOL]
    # A free counter stands only in `input = field`, which some value always meets.
    counters = {name for name in free if name not in booleans}
    choices = product("01", repeat=len(booleans))
    return (
        " OR ".join(
            "(" + " AND ".join(_sql(term, values, counters) for term in conditions) + ")"
            for values in (
                {**stored, **dict(zip(booleans, choice, strict=True))} for choice in choices
            )
        )
        if conditions
        else "1"
    )


def _sql(term: Term, inputs: dict[str, str], counters: set[str]) -> str:
    def sql(part: Term) -> str:
        return _sql(part, inputs, counters)

    match term:
        case _New(name):
            return f"NEW.{name}"
        case Field(name):
            if FIELDS[name].of_service:
                return f"(SELECT {name} FROM service)"  # noqa: S608  # names are ours
            return f"OLD.{name}"
        case Input(name):
            return inputs[name]
        case Literal(value):
            return str(int(value))
        case Plus(part, amount):
            return f"({sql(part)} + {amount})"
        case Minus(part, amount):
            return f"({sql(part)} - {amount})"
        case Equal(Input(name), Field()) if name in counters:
            return "1"
        case Equal(left, right):
            return f"({sql(left)} = {sql(right)})"
        case NoLess(left, right):
            return f"({sql(left)} >= {sql(right)})"
        case AllOf(parts):
            return "(" + " AND ".join(map(sql, parts)) + ")" if parts else "1"
        case AnyOf(parts):
            return "(" + " OR ".join(map(sql, parts)) + ")" if parts else "0"
        case Opposite(part):
            return f"(NOT {sql(part)})"
        case InState(states):
            return "OLD.state IN (" + ", ".join(f"'{state}'" for state in sorted(states)) + ")"
