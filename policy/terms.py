"""Terms of the life-cycle table: what a guard asks and an effect assigns, as data.

A term can be computed (`value`), turned into a formula (`proofs.lifecycle`) or printed, always
the same object, so the proof is about the very table that runs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "AllOf", "AnyOf", "Equal", "Field", "FieldKind", "InState", "Input", "Literal", "Minus",
    "NoLess", "Opposite", "Plus", "Record", "Term", "inputs_of_terms", "value",
]  # fmt: skip

Record = Mapping[str, int | bool]
"""The fields of one message (and of the service around it) by name; never the state itself."""


class FieldKind(StrEnum):
    """The values a field or input may take."""

    BOOL = "bool"
    MODE = "mode"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Field:
    """The value of a field of the record before the event."""

    name: str


@dataclass(frozen=True, slots=True)
class Input:
    """A value that comes with the event; `kind` says which values it may take."""

    name: str
    kind: FieldKind


@dataclass(frozen=True, slots=True)
class Literal:
    """A fixed number or truth value."""

    value: int | bool


@dataclass(frozen=True, slots=True)
class Plus:
    """`term` increased by `amount`."""

    term: "Term"
    amount: int


@dataclass(frozen=True, slots=True)
class Minus:
    """`term` decreased by `amount`."""

    term: "Term"
    amount: int


@dataclass(frozen=True, slots=True)
class Equal:
    """Both sides have the same value."""

    left: "Term"
    right: "Term"


@dataclass(frozen=True, slots=True)
class NoLess:
    """The left number is equal to the right one or greater."""

    left: "Term"
    right: "Term"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part is true."""

    parts: tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part is true."""

    parts: tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    """The part is false."""

    part: "Term"


@dataclass(frozen=True, slots=True)
class InState:
    """The record is in one of `states`."""

    states: frozenset[str]


Term = Field | Input | Literal | Plus | Minus | Equal | NoLess | AllOf | AnyOf | Opposite | InState


def value(term: Term, state: str, record: Record, inputs: Record) -> int | bool:
    """The value of `term`; raises KeyError for an input that the event did not bring."""
    match term:
        case Field(name):
            return record[name]
        case Input(name):
            return inputs[name]
        case Literal(fixed):
            return fixed
        case Plus(part, amount):
            return value(part, state, record, inputs) + amount
        case Minus(part, amount):
            return value(part, state, record, inputs) - amount
        case Equal(left, right):
            return value(left, state, record, inputs) == value(right, state, record, inputs)
        case NoLess(left, right):
            return value(left, state, record, inputs) >= value(right, state, record, inputs)
        case AllOf(parts):
            return all(value(part, state, record, inputs) for part in parts)
        case AnyOf(parts):
            return any(value(part, state, record, inputs) for part in parts)
        case Opposite(part):
            return not value(part, state, record, inputs)
        case InState(states):
            return state in states


def inputs_of_terms(terms: Iterable[Term]) -> Mapping[str, FieldKind]:
    """The inputs that `terms` read, with their kinds."""
    found: dict[str, FieldKind] = {}
    for term in terms:
        _collect_inputs(term, found)
    return found


def _collect_inputs(term: Term, found: dict[str, FieldKind]) -> None:
    match term:
        case Input(name, kind):
            found[name] = kind
        case Plus(part) | Minus(part) | Opposite(part):
            _collect_inputs(part, found)
        case Equal(left, right) | NoLess(left, right):
            _collect_inputs(left, found)
            _collect_inputs(right, found)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                _collect_inputs(part, found)
        case Field() | Literal() | InState():
            pass
