"""The life-cycle table as a Z3 transition relation, made mechanically from its terms.

There is no second model: a guard or effect of `policy.lifecycle` becomes a formula node by node.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import z3

from policy.lifecycle import FIELDS, State, Transition
from policy.modes import Mode
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

__all__ = ["Formula", "Inputs", "Snapshot", "after_row", "enabled", "formula", "inputs_for"]

Formula = Any
"""A Z3 term (z3 has no types of its own to offer)."""

Inputs = Mapping[str, Formula]
"""The inputs that come with one event."""

_STATES = {state: index for index, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One message at one moment: where it stands, and the fields of its record."""

    state: Formula
    record: Mapping[str, Formula]

    @classmethod
    def named(cls, name: str) -> "Snapshot":
        """A snapshot of variables of its own."""
        record = {field: _variable(f"{name}.{field}", spec.kind) for field, spec in FIELDS.items()}
        return cls(z3.Int(f"{name}.state"), record)

    def is_in(self, *states: State) -> Formula:
        """The message is in one of `states`."""
        return z3.Or([self.state == _STATES[state] for state in states])

    def ranges(self) -> Iterator[Formula]:
        """Every variable has a value of its kind."""
        yield z3.And(self.state >= 0, self.state < len(_STATES))
        yield from (_range(self.record[field], spec.kind) for field, spec in FIELDS.items())

    def same_record(self, other: "Snapshot", *but: str) -> Formula:
        """All fields except `but` have the values that they have in `other`."""
        return z3.And([self.record[f] == other.record[f] for f in FIELDS if f not in but])

    def read(self, model: Any) -> tuple[State, dict[str, int | bool]]:
        """The state and record that `model` gives."""
        states = list(State)
        state = states[_plain(model.eval(self.state, model_completion=True))]
        return state, {
            field: _plain(model.eval(term, model_completion=True))
            for field, term in self.record.items()
        }


def inputs_for(row: Transition, name: str = "input") -> tuple[Inputs, list[Formula]]:
    """Variables for the inputs that `row` reads, and their ranges."""
    kinds = inputs_of_terms((*(guard.term for guard in row.guards), *row.effects.values()))
    inputs = {field: _variable(f"{name}.{field}", kind) for field, kind in kinds.items()}
    return inputs, [_range(inputs[field], kind) for field, kind in kinds.items()]


def enabled(row: Transition, before: Snapshot, inputs: Inputs) -> Formula:
    """`row` may happen now: the state is one of its sources and every guard is true."""
    guards = [formula(guard.term, before, inputs) for guard in row.guards]
    return z3.And(before.is_in(*row.sources), *guards)


def after_row(row: Transition, before: Snapshot, inputs: Inputs) -> Snapshot:
    """What `row` makes of `before`."""
    state = before.state if row.target is None else z3.IntVal(_STATES[row.target])
    changes = {name: formula(term, before, inputs) for name, term in row.effects.items()}
    return Snapshot(state, {**before.record, **changes})


def formula(term: Term, at: Snapshot, inputs: Inputs) -> Formula:
    """`term` as a formula about the moment `at`."""
    match term:
        case Field(name):
            return at.record[name]
        case Input(name):
            return inputs[name]
        case Literal(bool(fixed)):
            return z3.BoolVal(fixed)
        case Literal(fixed):
            return z3.IntVal(fixed)
        case Plus(part, amount):
            return formula(part, at, inputs) + amount
        case Minus(part, amount):
            return formula(part, at, inputs) - amount
        case Equal(left, right):
            return formula(left, at, inputs) == formula(right, at, inputs)
        case NoLess(left, right):
            return formula(left, at, inputs) >= formula(right, at, inputs)
        case AllOf(parts):
            return z3.And([formula(part, at, inputs) for part in parts])
        case AnyOf(parts):
            return z3.Or([formula(part, at, inputs) for part in parts])
        case Opposite(part):
            return z3.Not(formula(part, at, inputs))
        case InState(states):
            return at.is_in(*(State(state) for state in states))


def _variable(name: str, kind: FieldKind) -> Formula:
    return z3.Bool(name) if kind is FieldKind.BOOL else z3.Int(name)


def _range(term: Formula, kind: FieldKind) -> Formula:
    match kind:
        case FieldKind.BOOL:
            return z3.BoolVal(True)
        case FieldKind.MODE:
            return z3.And(term >= int(min(Mode)), term <= int(max(Mode)))
        case FieldKind.COUNTER:
            return term >= 0


def _plain(value: Any) -> Any:
    return z3.is_true(value) if z3.is_bool(value) else value.as_long()
