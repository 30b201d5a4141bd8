"""Conditions as alternatives of conjunctions, with one test for each fact in a conjunction.

Kleene's connectives distribute, and de Morgan's laws hold of them, so a condition is rewritten
without changing any of its three values. Nothing is simplified by `a or not a`, which is unknown
when `a` is.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from policy.evaluator import evaluate
from policy.rules import (
    And,
    AtLeast,
    Condition,
    Has,
    IsTrue,
    ModeAtLeast,
    Not,
    Obliged,
    OneOf,
    Or,
    TextTest,
)

__all__ = ["Conjunction", "FactTest", "conjunctions", "key", "tests"]

FactTest = IsTrue | OneOf | Has | AtLeast | TextTest

Conjunction = Mapping[str, Condition]
"""For each fact a condition that reads only this fact; all of them must hold."""


def conjunctions(condition: Condition, most: int) -> tuple[Conjunction, ...] | None:
    """Alternatives that together mean `condition`; None when there would be more than `most`."""
    return _alternatives(condition, True, most)


def _alternatives(
    condition: Condition, positive: bool, most: int
) -> tuple[Conjunction, ...] | None:
    names = frozenset(test.fact for test in tests(condition))
    if not names:
        return ({},) if evaluate(condition, {}) is positive else ()
    if len(names) == 1:
        return ({next(iter(names)): condition if positive else Not(condition, condition.span)},)
    match condition:
        case Not(part):
            return _alternatives(part, not positive, most)
        case And(parts) if positive:
            return _all_of([_alternatives(part, True, most) for part in parts], most)
        case Or(parts) if not positive:
            return _all_of([_alternatives(part, False, most) for part in parts], most)
        case And(parts) | Or(parts):
            return _any_of([_alternatives(part, positive, most) for part in parts], most)
    raise AssertionError(f"a rule cannot read {condition}")


def _all_of(
    parts: Iterable[tuple[Conjunction, ...] | None], most: int
) -> tuple[Conjunction, ...] | None:
    found: tuple[Conjunction, ...] = ({},)
    for part in parts:
        if part is None or len(found) * len(part) > most:
            return None
        found = tuple(_joined(left, right, And) for left, right in product(found, part))
    return found


def _any_of(
    parts: Iterable[tuple[Conjunction, ...] | None], most: int
) -> tuple[Conjunction, ...] | None:
    """The alternatives of all parts; those about the same single fact become one."""
    found: list[Conjunction] = []
    single: dict[str, Conjunction] = {}
    for part in parts:
        if part is None:
            return None
        for one in part:
            if len(one) == 1:
                (name,) = one
                single[name] = _joined(single[name], one, Or) if name in single else one
            else:
                found.append(one)
    found.extend(single.values())
    return tuple(found) if len(found) <= most else None


def _joined(left: Conjunction, right: Conjunction, junction: type[And | Or]) -> Conjunction:
    joined = dict(left)
    for name, condition in right.items():
        before = joined.get(name)
        if before is None:
            joined[name] = condition
        else:
            joined[name] = junction((before, condition), condition.span)
    return joined


def tests(condition: Condition) -> Iterator[FactTest]:
    """Every test on a fact in a rule's condition."""
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from tests(part)
        case Not(part):
            yield from tests(part)
        case ModeAtLeast() | Obliged():
            raise AssertionError("the checker lets only invariants speak of the decision")
        case _:
            yield condition


def key(condition: Condition) -> object:
    """A hashable name for what the condition asks, wherever it stands."""
    match condition:
        case And(parts):
            return ("and", *map(key, parts))
        case Or(parts):
            return ("or", *map(key, parts))
        case Not(part):
            return ("not", key(part))
        case IsTrue(fact):
            return ("true", fact)
        case OneOf(fact, values):
            return ("one of", fact, values)
        case Has(fact, member):
            return ("has", fact, member)
        case AtLeast(fact, bound):
            return ("at least", fact, bound)
        case TextTest(fact, operator, literal):
            return (operator, fact, literal)
        case ModeAtLeast(mode):
            return ("mode", mode)
        case Obliged(name):
            return ("obliged", name)
