"""For one fact: which conjunctions its value leaves alive, as a mask with one bit for each.

A table is a dictionary from the values of the fact (None: unknown) to masks. A value not met
before is worked out and, within bounds, remembered; so a look-up is one step whatever the number
of rules.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policy.evaluator import evaluate
from policy.facts import EnumType, Fact, NumberType, SetType, TextType, Value
from policy.rules import And, AtLeast, Condition, Has, Not, OneOf, Or, TextOperator, TextTest

__all__ = ["Asked", "NumberTable", "Table", "asked_members", "table"]

_MOST_REMEMBERED = 4_096
_LONGEST_REMEMBERED = 80


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition on the fact and the conjunctions that it stands in.

    Those in `when_true` (of `allow` rules) need it to be true, those in `unless_false` (of
    `require` and `block` rules) only not to be false.
    """

    condition: Condition
    when_true: int
    unless_false: int

    def alive(self, value: bool | None) -> int:
        """The conjunctions left alive when the condition has this value."""
        if value is None:
            return self.unless_false
        return self.when_true | self.unless_false if value else 0


class Table(dict[Value | None, int]):
    """The masks of a fact by value; `free` are the conjunctions that do not read the fact."""

    def __init__(self, fact: Fact, asked: Iterable[Asked], free: int) -> None:
        super().__init__()
        self.fact = fact
        self.asked = tuple(asked)
        self._free = free
        self[None] = self._worked_out(None)

    def __missing__(self, value: Value) -> int:
        mask = self._mask(value)
        if len(self) < _MOST_REMEMBERED and (
            not isinstance(value, str) or len(value) <= _LONGEST_REMEMBERED
        ):
            self[value] = mask
        return mask

    def _mask(self, value: Value) -> int:
        return self._worked_out(value)

    def _worked_out(self, value: Value | None) -> int:
        """The mask by the reference meaning, one condition after the other."""
        return self._alive(self.asked, value)

    def _alive(self, asked: Iterable[Asked], value: Value | None) -> int:
        facts: Mapping[str, Value] = {} if value is None else {self.fact.name: value}
        mask = self._free
        for one in asked:
            mask |= one.alive(evaluate(one.condition, facts))
        return mask


class NumberTable(Table):
    """Between two neighbouring `bounds` every value has the same mask, `masks[i]` up to bound i."""

    def __init__(self, fact: Fact, asked: Iterable[Asked], free: int) -> None:
        super().__init__(fact, asked, free)
        changes: dict[int, int] = {}
        mask = free
        for one in self.asked:
            own = sorted(set(_bounds(one.condition)))
            before = one.alive(evaluate(one.condition, {fact.name: own[0] - 1}))
            mask |= before
            for bound in own:
                after = one.alive(evaluate(one.condition, {fact.name: bound}))
                changes[bound] = changes.get(bound, 0) ^ before ^ after
                before = after
        self.bounds = sorted(changes)
        self.masks = [mask]
        for bound in self.bounds:
            mask ^= changes[bound]
            self.masks.append(mask)

    def _mask(self, value: Value) -> int:
        if not isinstance(value, int):
            return self._worked_out(value)
        return self.masks[bisect_right(self.bounds, value)]


class _EnumTable(Table):
    """All values are known beforehand."""

    def __init__(self, fact: Fact, asked: Iterable[Asked], free: int, kind: EnumType) -> None:
        super().__init__(fact, asked, free)
        masks = dict.fromkeys(kind.values, free)
        for one in self.asked:
            match one.condition:
                case OneOf(_, values):
                    for value in values:
                        masks[value] |= one.alive(True)
                case condition:
                    for value in kind.values:
                        masks[value] |= one.alive(evaluate(condition, {fact.name: value}))
        self.update(masks)


class _SetTable(Table):
    """Most conditions ask for one member or any of some: those are found by member."""

    def __init__(self, fact: Fact, asked: Iterable[Asked], free: int) -> None:
        super().__init__(fact, asked, free)
        self._by_member: dict[str, int] = {}
        self._others: list[Asked] = []
        for one in self.asked:
            members = _any_member(one.condition)
            if members is None:
                self._others.append(one)
            for member in members or ():
                self._by_member[member] = self._by_member.get(member, 0) | one.alive(True)

    def _mask(self, value: Value) -> int:
        if not isinstance(value, frozenset):
            return self._worked_out(value)
        mask = self._alive(self._others, value)
        for member in value:
            mask |= self._by_member.get(member, 0)
        return mask


class _TextTable(Table):
    """Equality is a look-up, beginnings and ends are tried at once; the rest one by one."""

    def __init__(self, fact: Fact, asked: Iterable[Asked], free: int) -> None:
        super().__init__(fact, asked, free)
        self._equal: dict[str, int] = {}
        self._starts: list[tuple[str, int]] = []
        self._ends: list[tuple[str, int]] = []
        self._contains: list[tuple[str, int]] = []
        self._others: list[Asked] = []
        for one in self.asked:
            match one.condition:
                case TextTest(_, TextOperator.EQUALS, literal):
                    self._equal[literal] = self._equal.get(literal, 0) | one.alive(True)
                case TextTest(_, TextOperator.STARTS, literal):
                    self._starts.append((literal, one.alive(True)))
                case TextTest(_, TextOperator.ENDS, literal):
                    self._ends.append((literal, one.alive(True)))
                case TextTest(_, TextOperator.CONTAINS, literal):
                    self._contains.append((literal, one.alive(True)))
                case _:
                    self._others.append(one)
        self._any_start = tuple(literal for literal, _ in self._starts)
        self._any_end = tuple(literal for literal, _ in self._ends)

    def _mask(self, value: Value) -> int:
        if not isinstance(value, str):
            return self._worked_out(value)
        mask = self._alive(self._others, value) | self._equal.get(value, 0)
        if value.startswith(self._any_start):
            for literal, alive in self._starts:
                if value.startswith(literal):
                    mask |= alive
        if value.endswith(self._any_end):
            for literal, alive in self._ends:
                if value.endswith(literal):
                    mask |= alive
        for literal, alive in self._contains:
            if literal in value:
                mask |= alive
        return mask


def table(fact: Fact, asked: Iterable[Asked], free: int) -> Table:
    """The table of a fact of whichever type."""
    match fact.type:
        case EnumType() as kind:
            return _EnumTable(fact, asked, free, kind)
        case NumberType():
            return NumberTable(fact, asked, free)
        case SetType():
            return _SetTable(fact, asked, free)
        case TextType():
            return _TextTable(fact, asked, free)
        case _:
            return Table(fact, asked, free)


def asked_members(one: Table) -> tuple[str, ...]:
    """The members that some condition of a set's table asks for, in a fixed order."""
    return tuple(sorted({name for asked in one.asked for name in _members(asked.condition)}))


def _members(condition: Condition) -> Iterable[str]:
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _members(part)
        case Not(part):
            yield from _members(part)
        case Has(_, member):
            yield member


def _bounds(condition: Condition) -> Iterable[int]:
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _bounds(part)
        case Not(part):
            yield from _bounds(part)
        case AtLeast(_, bound):
            yield bound


def _any_member(condition: Condition) -> tuple[str, ...] | None:
    """The members any one of which makes the condition true; None if it is not so simple."""
    match condition:
        case Has(_, member):
            return (member,)
        case Or(parts) if all(isinstance(part, Has) for part in parts):
            return tuple(part.member for part in parts if isinstance(part, Has))
    return None
