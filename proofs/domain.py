"""What the tests of a policy can tell apart of each fact; everything else about a message is moot.

A policy that compares `confidence` only with 0.60 and 0.90 sees three kinds of messages; one that
asks for two members of a set sees four. So every question about all messages is finite.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from policy.facts import BoolType, EnumType, NumberType, SetType, TextType, Vocabulary
from policy.rules import (
    And,
    AtLeast,
    Condition,
    Has,
    IsTrue,
    Not,
    OneOf,
    Or,
    TextOperator,
    TextTest,
)

__all__ = ["Domain", "Literal", "Test", "domain_of", "facts_read", "tests_of"]

Test = IsTrue | OneOf | Has | AtLeast | TextTest
"""The conditions that read a fact."""

Literal = tuple[TextOperator, str]
"""A comparison of a text with a literal."""


@dataclass(frozen=True, slots=True)
class Domain:
    """Per fact that is read: the values, members, bounds or literals that matter.

    `values` has all values of an enum; `bounds` ascend and lie above the fact's lowest value and
    not above its highest; a boolean fact stands in `booleans`.
    """

    vocabulary: Vocabulary
    booleans: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    members: Mapping[str, tuple[str, ...]]
    bounds: Mapping[str, tuple[int, ...]]
    literals: Mapping[str, tuple[Literal, ...]]

    def facts(self) -> tuple[str, ...]:
        """The names of all facts that are read, in the vocabulary's order."""
        read = {*self.booleans, *self.values, *self.members, *self.bounds, *self.literals}
        return tuple(name for name in self.vocabulary if name in read)


def tests_of(condition: Condition) -> Iterator[Test]:
    """Every test of `condition` that reads a fact, from left to right."""
    waiting = [condition]
    while waiting:
        match waiting.pop():
            case And(parts) | Or(parts):
                waiting.extend(reversed(parts))
            case Not(part):
                waiting.append(part)
            case IsTrue() | OneOf() | Has() | AtLeast() | TextTest() as test:
                yield test


def facts_read(condition: Condition) -> frozenset[str]:
    """The names of the facts that `condition` reads."""
    return frozenset(test.fact for test in tests_of(condition))


def domain_of(vocabulary: Vocabulary, conditions: Iterable[Condition]) -> Domain:
    """The domain that `conditions` tell apart; `mailbox.mode` is always in it."""
    asked: dict[str, set[object]] = {"mailbox.mode": set()}
    for condition in conditions:
        for test in tests_of(condition):
            asked.setdefault(test.fact, set()).add(_asked(test))
    booleans: list[str] = []
    values: dict[str, tuple[str, ...]] = {}
    members: dict[str, tuple[str, ...]] = {}
    bounds: dict[str, tuple[int, ...]] = {}
    literals: dict[str, tuple[Literal, ...]] = {}
    for name, fact in vocabulary.items():
        if name not in asked:
            continue
        found = asked[name]
        match fact.type:
            case BoolType():
                booleans.append(name)
            case EnumType(all_values):
                values[name] = all_values
            case SetType(all_members):
                members[name] = tuple(member for member in all_members if member in found)
            case NumberType(low=low, high=high):
                numbers = [bound for bound in found if isinstance(bound, int)]
                bounds[name] = tuple(sorted(bound for bound in numbers if low < bound <= high))
            case TextType():
                pairs = [pair for pair in found if isinstance(pair, tuple)]
                literals[name] = tuple(sorted(pairs))
    return Domain(vocabulary, tuple(booleans), values, members, bounds, literals)


def _asked(test: Test) -> object:
    """What `test` asks of its fact; of an enum all values matter, and of a boolean its one."""
    match test:
        case Has(member=member):
            return member
        case AtLeast(bound=bound):
            return bound
        case TextTest(operator=operator, literal=literal):
            return operator, literal
        case IsTrue() | OneOf():
            return None
