"""Triggers generated from the life-cycle table: the database itself refuses any other step.

An update of a message's state or fields must name the transition it takes, raise the row version
by one, and be exactly that row of `policy.lifecycle.TABLE`: its sources and target, its guards,
its effects, and every other field unchanged. An input of the event is not a column: one that an
effect stores is read from the new row, and of the others there must exist a value that fits. So
even a person with an SQL shell cannot send a message that the gate holds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from sqlalchemy import Connection

from pipeline.store.statements import is_postgresql
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

__all__ = ["drop_triggers", "triggers"]

_APPEND_ONLY = ("audit", "audit_root", "approval")
_BOUND = ("mime_sha256", "envelope")
# PostgreSQL compares one name after the other: those of every message are not to come last.
_EVERY_MESSAGE_TAKES = ("decide_to_queue", "claim", "write_dot", "confirm")
_MESSAGE_COLUMNS = ("id", "state", "transition", "row_version", *MESSAGE_FIELDS)


@dataclass(frozen=True, slots=True)
class _Trigger:
    """Before `event` on a row of `table`, which is refused when `when` is true.

    With `steps`, it is also refused unless the condition of the transition that it names is true.
    """

    name: str
    table: str
    event: str
    when: str
    refusal: str
    steps: Mapping[str, str] = field(default_factory=dict)


def triggers(*, postgresql: bool) -> Iterator[str]:
    """The statements that make the triggers, for PostgreSQL or else for SQLite."""
    return (
        statement
        for trigger in _triggers()
        for statement in (_for_postgresql(trigger) if postgresql else _for_sqlite(trigger))
    )


def drop_triggers(connection: Connection) -> Iterator[str]:
    """The statements that drop the triggers that are there, of this version or an earlier one."""
    if is_postgresql(connection):
        query = (
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
        )
        return (
            f'DROP TRIGGER "{name}" ON "{table}"'
            for name, table in connection.exec_driver_sql(query).all()
        )
    query = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    return (f'DROP TRIGGER "{name}"' for (name,) in connection.exec_driver_sql(query).all())


def _triggers() -> Iterator[_Trigger]:
    yield _Trigger(
        "message_takes_a_step",
        "message",
        f"UPDATE OF {', '.join(_MESSAGE_COLUMNS)}",
        "NOT (NEW.id = OLD.id AND NEW.row_version = OLD.row_version + 1)",
        "this is no step of the life-cycle table",
        {row.name: _step(row) for row in TABLE if not _of_the_service(row)},
    )
    yield _Trigger(
        "message_starts",
        "message",
        "INSERT",
        f"NOT ({_a_start()})",
        "a message starts as the life-cycle table says",
    )
    yield _Trigger("message_stays", "message", "DELETE", "TRUE", "a message is never deleted")
    yield _Trigger(
        "message_content_stays", "message_content", "DELETE", "TRUE", "a message is never deleted"
    )
    changed = " OR ".join(  # PostgreSQL compares no JSON but as text
        f"CAST(NEW.{name} AS TEXT) IS DISTINCT FROM CAST(OLD.{name} AS TEXT)" for name in _BOUND
    )
    yield _Trigger(
        "message_keeps_its_bytes",
        "message",
        f"UPDATE OF {', '.join(_BOUND)}",
        f"({changed}) AND NOT COALESCE("
        "NEW.row_version = OLD.row_version + 1 AND (NEW.transition LIKE 'decide%' "
        "OR NEW.transition LIKE 'erase%' AND NEW.envelope IS NULL "
        f"AND NEW.mime_sha256 IS NOT DISTINCT FROM OLD.mime_sha256), FALSE)",
        "the bytes change only with a decision about them",
    )
    for table in _APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            yield _Trigger(
                f"{table}_refuses_{event.lower()}",
                table,
                event,
                "TRUE",
                f"the {table} table only grows",
            )


def _for_sqlite(trigger: _Trigger) -> Iterator[str]:
    when = trigger.when
    if trigger.steps:
        steps = " ".join(f"WHEN '{name}' THEN {step}" for name, step in trigger.steps.items())
        when = f"{when} OR NOT CASE NEW.transition {steps} ELSE FALSE END"
    yield (
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table} WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, '{trigger.refusal}'); END"
    )


def _for_postgresql(trigger: _Trigger) -> Iterator[str]:
    """A function with a statement for each step: as one expression it would take a millisecond."""
    refuse = (
        f"RAISE EXCEPTION '{trigger.refusal}' USING ERRCODE = 'check_violation', "
        f"TABLE = '{trigger.table}';"
    )
    body = f"IF {trigger.when} THEN {refuse} END IF;"
    if trigger.steps:
        names = sorted(trigger.steps, key=lambda name: name not in _EVERY_MESSAGE_TAKES)
        steps = " ".join(f"WHEN '{name}' THEN {_judged(trigger.steps[name])}" for name in names)
        body += f" CASE NEW.transition {steps} ELSE ok := FALSE; END CASE;"
        body += f" IF ok IS NOT TRUE THEN {refuse} END IF;"
    row = "OLD" if trigger.event == "DELETE" else "NEW"
    yield (
        f"CREATE OR REPLACE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS $body$ "
        f"DECLARE in_force service%ROWTYPE; ok boolean; BEGIN {body} RETURN {row}; END $body$"
    )
    yield (
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {trigger.name}()"
    )


def _judged(step: str) -> str:
    """The statements that judge a step; the service's row is read for those that ask for it."""
    judged = step
    for name in SERVICE_FIELDS:
        judged = judged.replace(_in_force(name), f"in_force.{name}")
    read = "" if judged == step else "SELECT * INTO STRICT in_force FROM service; "
    return f"{read}ok := {judged};"


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
            "(" + " AND ".join(_holds(term, values, counters) for term in conditions) + ")"
            for values in (
                {**stored, **dict(zip(booleans, choice, strict=True))} for choice in choices
            )
        )
        if conditions
        else "TRUE"
    )


def _holds(term: Term, inputs: dict[str, str], counters: set[str]) -> str:
    """The SQL condition that `term` is true."""

    def holds(part: Term) -> str:
        return _holds(part, inputs, counters)

    def number(part: Term) -> str:
        return _number(part, inputs, counters)

    match term:
        case Equal(Input(name), Field()) if name in counters:
            return "TRUE"
        case Equal(left, right):
            return f"({number(left)} = {number(right)})"
        case NoLess(left, right):
            return f"({number(left)} >= {number(right)})"
        case AllOf(parts):
            return "(" + " AND ".join(map(holds, parts)) + ")" if parts else "TRUE"
        case AnyOf(parts):
            return "(" + " OR ".join(map(holds, parts)) + ")" if parts else "FALSE"
        case Opposite(part):
            return f"(NOT {holds(part)})"
        case InState(states):
            return "OLD.state IN (" + ", ".join(f"'{state}'" for state in sorted(states)) + ")"
    return f"({number(term)} = 1)"


def _in_force(name: str) -> str:
    return f"(SELECT {name} FROM service)"  # noqa: S608  # names are ours


def _number(term: Term, inputs: dict[str, str], counters: set[str]) -> str:
    """The SQL value of `term`; truth is 1."""
    match term:
        case _New(name):
            return f"NEW.{name}"
        case Field(name):
            if FIELDS[name].of_service:
                return _in_force(name)
            return f"OLD.{name}"
        case Input(name):
            return inputs[name]
        case Literal(value):
            return str(int(value))
        case Plus(part, amount):
            return f"({_number(part, inputs, counters)} + {amount})"
        case Minus(part, amount):
            return f"({_number(part, inputs, counters)} - {amount})"
    return f"(CASE WHEN {_holds(term, inputs, counters)} THEN 1 ELSE 0 END)"
