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
    """Every test of `condition` that reads a fact."""
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from tests_of(part)
        case Not(part):
            yield from tests_of(part)
        case IsTrue() | OneOf() | Has() | AtLeast() | TextTest():
            yield condition


def facts_read(condition: Condition) -> frozenset[str]:
    """The names of the facts that `condition` reads."""
    return frozenset(test.fact for test in tests_of(condition))


def domain_of(vocabulary: Vocabulary, conditions: Iterable[Condition]) -> Domain:
    """The domain that `conditions` tell apart; `mailbox.mode` is always in it."""
    tests = {test for condition in conditions for test in tests_of(condition)}
    read = {"mailbox.mode", *(test.fact for test in tests)}
    booleans: list[str] = []
    values: dict[str, tuple[str, ...]] = {}
    members: dict[str, tuple[str, ...]] = {}
    bounds: dict[str, tuple[int, ...]] = {}
    literals: dict[str, tuple[Literal, ...]] = {}
    for name, fact in vocabulary.items():
        if name not in read:
            continue
        match fact.type:
            case BoolType():
                booleans.append(name)
            case EnumType(all_values):
                values[name] = all_values
            case SetType(all_members):
                asked = {t.member for t in tests if isinstance(t, Has) and t.fact == name}
                members[name] = tuple(member for member in all_members if member in asked)
            case NumberType(low=low, high=high):
                found = {t.bound for t in tests if isinstance(t, AtLeast) and t.fact == name}
                bounds[name] = tuple(sorted(bound for bound in found if low < bound <= high))
            case TextType():
                pairs = {
                    (test.operator, test.literal)
                    for test in tests
                    if isinstance(test, TextTest) and test.fact == name
                }
                literals[name] = tuple(sorted(pairs))
    return Domain(vocabulary, tuple(booleans), values, members, bounds, literals)
