"""The meaning of a policy for the live path: a few dozen steps, whatever the number of rules.

Every rule is rewritten as alternatives of conjunctions (`policy.conjunctions`), each conjunction
is one bit, and each fact has a table from its value to the bits left alive (`policy.tables`). A
decision is the conjunction of one mask for each fact; the bits that remain are the rules that
fire, all of them. A small policy is also written out as one function (`policy.generated`).
`policy.evaluator` says what both must mean.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, getitem, itemgetter
from struct import Struct

from policy.conjunctions import Conjunction, conjunctions, key, tests
from policy.evaluator import Decision, fires
from policy.facts import Facts, NumberType, TextType, Value
from policy.generated import decide_function
from policy.modes import FAIL_CLOSED, Event, Mode, mailbox_floor, strictest
from policy.rules import Condition, Policy, Rule, RuleKind
from policy.tables import Asked, NumberTable, Table, table

__all__ = ["Compiled", "CompiledEvent"]

_MOST_ALTERNATIVES = 32
_MOST_REMEMBERED = 16_384
_WORD = 16  # short, so that the same words come round and are remembered


class Compiled:
    """A policy ready to decide; the facts must be of the policy's own vocabulary."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._decide = {event: CompiledEvent(policy, event).fastest() for event in Event}

    def decide(self, facts: Facts, event: Event = Event.SEND) -> Decision:
        """The same decision as `policy.evaluator.decide`; it may be an object given out before."""
        return self._decide[event](facts)


@dataclass(frozen=True, slots=True)
class _Bit:
    """One conjunction of the rule at a position among the rules of the event."""

    position: int
    rule: Rule
    conjunction: Conjunction


class CompiledEvent:
    """The rules of one event: their bits, tables and, for the few that are too wide, themselves.

    `bits[i]` is the position of the rule that bit i belongs to; `allowing` (the freest first) and
    `requiring` (the strictest first) hold the bits of the rules that speak for each mode. The bits
    of one kind and mode are neighbours, so that `policy.frames` reads as few words as possible.
    """

    def __init__(self, policy: Policy, event: Event) -> None:
        self.event = event
        self.rules = policy.rules_on(event)
        narrow: list[_Bit] = []
        wide: list[tuple[int, Rule]] = []
        for position, rule in enumerate(self.rules):
            found = conjunctions(rule.condition, _MOST_ALTERNATIVES)
            if found is None:
                wide.append((position, rule))
            else:
                narrow.extend(_Bit(position, rule, one) for one in found)
        narrow.sort(key=lambda bit: (bit.rule.kind, bit.rule.mode, bit.position))
        self._narrow = narrow
        self.bits = (*(bit.position for bit in narrow), *(position for position, _ in wide))
        self.all = (1 << len(self.bits)) - 1
        self.wide = tuple(
            (1 << (len(narrow) + number), rule) for number, (_, rule) in enumerate(wide)
        )
        self.tables = tuple(_tables(policy, narrow, [rule for _, rule in wide], self.all))
        masks = sorted(self._masks().items())
        self.allowing = tuple((mode, mask) for (allows, mode), mask in masks if allows)
        self.requiring = tuple((mode, mask) for (allows, mode), mask in masks if not allows)[::-1]
        starts = range(0, len(self.bits), _WORD)
        self._words = [_Word(self.bits[start : start + _WORD]) for start in starts]
        self._format = Struct(f"<{len(self._words)}H")
        self._joint = _Joint(
            [one for one in self.tables if not isinstance(one.fact.type, NumberType | TextType)]
        )
        self._others = [
            one for one in self.tables if isinstance(one.fact.type, NumberType | TextType)
        ]
        self._numbers = [
            (one.fact.name, one.bounds, one.masks)
            for one in self._others
            if isinstance(one, NumberTable)
        ]
        self._texts = [
            (one.fact.name, one) for one in self._others if not isinstance(one, NumberTable)
        ]
        self._few = itemgetter(*self._joint.names)
        self._decisions: dict[Value | None, dict[int, Decision]] = {}

    def fastest(self) -> Callable[[Facts], Decision]:
        """What decides soonest: a function written out for a small policy, else `decide`."""
        written: list[tuple[int, Iterable[Condition]]] = [
            (1 << number, bit.conjunction.values()) for number, bit in enumerate(self._narrow)
        ]
        written += [(bit, [rule.condition]) for bit, rule in self.wide]
        return decide_function(written, self._decisions, self.decide) or self.decide

    def decide(self, facts: Facts) -> Decision:
        """The decision about these facts."""
        known = facts.known
        try:
            few = self._few(known)
            alive = self._joint[few]
            for name, bounds, masks in self._numbers:
                alive &= masks[bisect_right(bounds, known[name])]
            for name, one in self._texts:
                alive &= one[known[name]]
        except KeyError:  # something is unknown
            few = tuple([known.get(name) for name in self._joint.names])
            alive = self._joint[few]
            for one in self._others:
                alive &= one[known.get(one.fact.name)]
        if self.wide:
            for bit, rule in self.wide:
                if not fires(rule, facts):
                    alive &= ~bit
        try:
            return self._decisions[few[-1]][alive]
        except KeyError:
            return self._decided(alive, few[-1])

    def fired(self, alive: int) -> tuple[Rule, ...]:
        """The rules that fire when these bits are left alive, in the order of the files."""
        words = self._format.unpack(alive.to_bytes(self._format.size, "little"))
        found: list[int] = []
        for positions, word in zip(self._words, words, strict=True):
            if word:
                found += positions[word]
        rules = self.rules
        return tuple([rules[position] for position in sorted(set(found))])

    def _decided(self, alive: int, setting: Value | None) -> Decision:
        floor = mailbox_floor(setting if isinstance(setting, str) else None, self.event)
        base = next((mode for mode, mask in self.allowing if alive & mask), FAIL_CLOSED)
        required = next((mode for mode, mask in self.requiring if alive & mask), floor)
        mode = strictest((base, floor, required))
        fired = self.fired(alive)
        deciding = [
            rule
            for rule in fired
            if rule.mode is mode and (base is mode or rule.kind is not RuleKind.ALLOW)
        ]
        decision = Decision(
            mode=mode,
            base=base,
            floor=floor,
            fired=fired,
            deciding=tuple(deciding),
            obligations=frozenset([one for rule in fired for one in rule.obligations]),
        )
        remembered = self._decisions.setdefault(setting, {})
        if len(remembered) >= _MOST_REMEMBERED:
            remembered.clear()
        remembered[alive] = decision
        return decision

    def _masks(self) -> dict[tuple[bool, Mode], int]:
        """The bits of the rules that allow (True) or demand (False) each mode."""
        masks: dict[tuple[bool, Mode], int] = {}
        for bit, position in enumerate(self.bits):
            rule = self.rules[position]
            group = (rule.kind is RuleKind.ALLOW, rule.mode)
            masks[group] = masks.get(group, 0) | 1 << bit
        return masks


class _Joint(dict[tuple[Value | None, ...], int]):
    """One table for all facts of few values, by their values in the order of `names`.

    The mailbox's mode comes first as well as last, so that there are always several names.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        super().__init__()
        self._tables = (tables[-1], *tables)
        self.names = tuple(one.fact.name for one in self._tables)

    def __missing__(self, values: tuple[Value | None, ...]) -> int:
        mask = reduce(and_, map(getitem, self._tables, values))
        if len(self) < _MOST_REMEMBERED:
            self[values] = mask
        return mask


class _Word(dict[int, tuple[int, ...]]):
    """The positions of rules by the bits of one word; remembered as they are met."""

    def __init__(self, positions: Sequence[int]) -> None:
        super().__init__()
        self._positions = positions

    def __missing__(self, word: int) -> tuple[int, ...]:
        left, positions = word, []
        while left:
            low = left & -left
            positions.append(self._positions[low.bit_length() - 1])
            left ^= low
        found = tuple(positions)
        if len(self) < _MOST_REMEMBERED:
            self[word] = found
        return found


def _tables(policy: Policy, bits: list[_Bit], wide: list[Rule], everything: int) -> Iterator[Table]:
    """A table for each fact that is read, with a place for every test of the wide rules."""
    asked: dict[str, dict[object, tuple[Condition, int, int]]] = {}
    read: dict[str, int] = {}
    for number, bit in enumerate(bits):
        mask = 1 << number
        allows = bit.rule.kind is RuleKind.ALLOW
        for name, condition in bit.conjunction.items():
            same = asked.setdefault(name, {})
            first, when_true, unless_false = same.get(key(condition), (condition, 0, 0))
            if allows:
                when_true |= mask
            else:
                unless_false |= mask
            same[key(condition)] = (first, when_true, unless_false)
            read[name] = read.get(name, 0) | mask
    for test in (test for rule in wide for test in tests(rule.condition)):
        asked.setdefault(test.fact, {}).setdefault(key(test), (test, 0, 0))
        read.setdefault(test.fact, 0)
    # The mailbox's mode always has a table, the last one: its value is the floor of the decision.
    setting = asked.pop("mailbox.mode", {})
    for name, conditions in {**asked, "mailbox.mode": setting}.items():
        fact = policy.vocabulary[name]
        yield table(
            fact, (Asked(*one) for one in conditions.values()), everything & ~read.get(name, 0)
        )
