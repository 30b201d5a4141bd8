"""A policy as numbered clauses: the second opinion, written apart from `proofs.encoding`.

Here a test is a pair of variables, "is true" and "is false", of which both are off when the fact
is unknown; conditions are gates over them, in negation normal form. Which literals of a text go
together is found by trying texts, and the mode by counting the ladder up. Equal inputs give equal
clauses, number for number, so that a certificate can be repeated by anybody.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations, pairwise, product
from typing import NamedTuple

from policy.facts import EnumType, Facts, NumberType, SetType, Value
from policy.modes import FAIL_CLOSED, MAILBOX_MODES, Event, Mode, mailbox_floor
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
    Policy,
    Rule,
    RuleKind,
    TextOperator,
    TextTest,
)
from proofs.domain import Domain, Literal, facts_read
from proofs.gates import FALSE, Gates
from proofs.values import compares, number_within, text_with

__all__ = ["Message", "Pair", "Rung"]

Pair = tuple[int, int]
"""The literals for "is true" and "is false"."""

_Atom = tuple[str, object]
_MAILBOX = "mailbox.mode"


class Rung(NamedTuple):
    """Literals about one mode: the decision, the base, and a rule that raises are so strict."""

    at_least: int
    base: int
    raised: int


class Message:
    """The variables of one message under `policy`.

    `shares` is a message whose variables are taken for every fact not in `changed`. `present`
    gives, by the id of each rule, a literal without which the rule never fires.
    """

    def __init__(
        self,
        gates: Gates,
        policy: Policy,
        domain: Domain,
        shares: "Message | None" = None,
        changed: frozenset[str] = frozenset(),
        present: Mapping[int, int] | None = None,
    ) -> None:
        self.gates = gates
        self.present: Mapping[int, int] | None = shares.present if shares is not None else present
        self.policy = policy
        self.domain = domain
        self.known: dict[str, int] = {}
        self.atoms: dict[_Atom, Pair] = {}
        self.stated: dict[_Atom, int] = {}  # the number of the first of a test's four clauses
        self._rules: dict[int, int] = {}
        self._shares = shares
        self._changed = changed
        self._reads: dict[int, frozenset[str]] = {} if shares is None else shares._reads
        self._rungs: dict[Event, Mapping[Mode, Rung]] = {}
        if shares is not None:
            self.known = {f: known for f, known in shares.known.items() if f not in changed}
            self.atoms = {k: pair for k, pair in shares.atoms.items() if k[0] not in changed}
        for fact in domain.facts():
            if fact not in self.known:
                self._declare(fact)

    # --- facts

    def _declare(self, fact: str) -> None:
        gates = self.gates
        known = self.known[fact] = gates.new()
        for what in self._asked(fact):
            true, false = gates.new(), gates.new()
            self.atoms[fact, what] = true, false
            self.stated[fact, what] = len(gates.clauses) + 1
            gates.add(-true, -false)
            gates.add(-true, known)
            gates.add(-false, known)
            gates.add(true, false, -known)
        self._restrict(fact, known)

    def _asked(self, fact: str) -> tuple[object, ...]:
        domain = self.domain
        if fact in domain.booleans:
            return (True,)
        for asked in (domain.values, domain.members, domain.bounds, domain.literals):
            if fact in asked:
                return tuple(asked[fact])
        raise KeyError(fact)

    def _restrict(self, fact: str, known: int) -> None:
        add, domain = self.gates.add, self.domain
        true = [self.atoms[fact, what][0] for what in self._asked(fact)]
        if fact in domain.values:
            add(-known, *true)
            for one, other in combinations(true, 2):
                add(-one, -other)
        for lower, higher in pairwise(true) if fact in domain.bounds else ():
            add(lower, -higher)
        told = list(zip(domain.literals.get(fact, ()), true, strict=False))
        for (left, first), (right, second) in combinations(told, 2):
            met = _met(left, right)
            if len(met) == 4:
                continue
            for is_left, is_right in product((True, False), repeat=2):
                if (is_left, is_right) not in met:
                    add(-known, -first if is_left else first, -second if is_right else second)

    def atom(self, fact: str, what: object) -> Pair:
        """The pair for one test; a bound outside the fact's range is settled by being known."""
        pair = self.atoms.get((fact, what))
        if pair is not None:
            return pair
        kind = self.domain.vocabulary[fact].type
        assert isinstance(kind, NumberType)
        assert isinstance(what, int)
        known = self.known[fact]
        return (known, FALSE) if what <= kind.low else (FALSE, known)

    # --- conditions

    def condition(self, condition: Condition, event: Event) -> Pair:
        """Literals for "the condition is true" and "the condition is false"."""
        return self.comes_out(condition, event, True), self.comes_out(condition, event, False)

    def comes_out(self, condition: Condition, event: Event, value: bool) -> int:
        """A literal for "the condition has this `value`", and only the gates that it needs."""
        gates = self.gates
        match condition:
            case IsTrue(fact):
                return self.atom(fact, True)[not value]
            case Has(fact, member):
                return self.atom(fact, member)[not value]
            case AtLeast(fact, bound):
                return self.atom(fact, bound)[not value]
            case TextTest(fact, operator, literal):
                return self.atom(fact, (operator, literal))[not value]
            case OneOf(fact, values):
                found = [self.atom(fact, one)[not value] for one in values]
                return gates.any_of(found) if value else gates.all_of(found)
            case And(parts):
                found = [self.comes_out(part, event, value) for part in parts]
                return gates.all_of(found) if value else gates.any_of(found)
            case Or(parts):
                found = [self.comes_out(part, event, value) for part in parts]
                return gates.any_of(found) if value else gates.all_of(found)
            case Not(part):
                return self.comes_out(part, event, not value)
            case ModeAtLeast(mode):
                at_least = self.mode(event)[mode]
                return at_least if value else -at_least
            case Obliged(name):
                rules = self.policy.rules_on(event)
                named = [r for r in rules if any(o.name is name for o in r.obligations)]
                obliged = gates.any_of([self.fires(rule) for rule in named])
                return obliged if value else -obliged

    # --- the decision

    def fires(self, rule: Rule) -> int:
        """The rule fires."""
        name = id(rule)
        if self._shares is not None and self._changed.isdisjoint(self._facts_of(rule)):
            return self._shares.fires(rule)
        if name not in self._rules:
            allows = rule.kind is RuleKind.ALLOW
            fires = self.comes_out(rule.condition, rule.event, allows)
            if not allows:
                fires = -fires
            if self.present is not None:
                fires = self.gates.all_of([fires, self.present[name]])
            self._rules[name] = fires
        return self._rules[name]

    def _facts_of(self, rule: Rule) -> frozenset[str]:
        name = id(rule)
        if name not in self._reads:
            self._reads[name] = facts_read(rule.condition)
        return self._reads[name]

    def floor(self, event: Event) -> Mapping[Mode, int]:
        """For each mode: the mailbox's own floor is that strict."""
        settings = [(s, mailbox_floor(s, event)) for s in MAILBOX_MODES]
        unknown = mailbox_floor(None, event)
        return {
            mode: self.gates.any_of(
                [
                    *(self.atom(_MAILBOX, s)[0] for s, floor in settings if floor >= mode),
                    *([-self.known[_MAILBOX]] if unknown >= mode else []),
                ]
            )
            for mode in Mode
        }

    def mode(self, event: Event) -> Mapping[Mode, int]:
        """For each mode: the decision is that strict."""
        return {mode: rung.at_least for mode, rung in self.rungs(event).items()}

    def rungs(self, event: Event) -> Mapping[Mode, Rung]:
        """For each mode the literals from which the decision is made."""
        if event not in self._rungs:
            allows: dict[Mode, list[int]] = {mode: [] for mode in Mode}
            raises: dict[Mode, list[int]] = {mode: [] for mode in Mode}
            for rule in self.policy.rules_on(event):
                side = allows if rule.kind is RuleKind.ALLOW else raises
                side[rule.mode].append(self.fires(rule))
            self._rungs[event] = ladder(self.gates, allows, raises, self.floor(event))
        return self._rungs[event]

    # --- from a model to a message

    def facts(self, true: frozenset[int]) -> Facts:
        """The message in which the positive literals `true` hold; all else is ordinary."""
        vocabulary = self.domain.vocabulary
        found: dict[str, Value | None] = dict(vocabulary.ordinary())
        for fact in self.domain.facts():
            found[fact] = self._value(fact, true) if self.known[fact] in true else None
        return Facts(vocabulary, found)

    def _value(self, fact: str, true: frozenset[int]) -> Value:
        declared = self.domain.vocabulary[fact]
        told = [(what, self.atoms[fact, what][0] in true) for what in self._asked(fact)]
        yes = [what for what, is_true in told if is_true]
        match declared.type:
            case EnumType():
                return str(yes[0])
            case SetType():
                left = _members(declared.ordinary) - {what for what, _ in told}
                return frozenset(left | {str(member) for member in yes})
            case NumberType():
                bounds = (None, *self.domain.bounds[fact], None)
                return number_within(declared, bounds[len(yes)], bounds[len(yes) + 1])
            case _ if fact in self.domain.literals:
                literals = self.domain.literals[fact]
                return text_with(declared, [(one, one in yes) for one in literals])
        return bool(yes)

    def assume(self, facts: Facts) -> Iterator[int]:
        """Literals that say that the message is `facts`."""
        for fact in self.domain.facts():
            value = facts.get(fact)
            yield from [-self.known[fact]] if value is None else self.pinned(fact, value)

    def pinned(self, fact: str, value: Value) -> Iterator[int]:
        """Literals that say that `fact` is known to be `value`, as far as it is told apart."""
        yield self.known[fact]
        for what in self._asked(fact):
            yield self.atoms[fact, what][0 if _is(value, what) else 1]


def ladder(
    gates: Gates,
    allows: Mapping[Mode, Iterable[int]],
    raises: Mapping[Mode, Iterable[int]],
    floor: Mapping[Mode, int],
) -> Mapping[Mode, Rung]:
    """The rungs of a decision, from the rules that fire per mode and the mailbox's floor."""
    stricter: dict[Mode, int] = {}
    above = FALSE
    for mode in reversed(Mode):
        above = stricter[mode] = gates.any_of([above, *raises[mode]])
    rungs: dict[Mode, Rung] = {}
    freer = FALSE
    nobody = gates.all_of(-fires for mode in Mode for fires in allows[mode])
    for mode in Mode:
        base = -freer if mode <= FAIL_CLOSED else gates.all_of([-freer, -nobody])
        at_least = gates.any_of([base, floor[mode], stricter[mode]])
        rungs[mode] = Rung(at_least, base, stricter[mode])
        freer = gates.any_of([freer, *allows[mode]])
    return rungs


def _members(value: object) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def _is(value: Value, what: object) -> bool:
    match value, what:
        case bool(), _:
            return value
        case frozenset(), str():
            return what in value
        case int(), int():
            return value >= what
        case str(), (TextOperator() as how, str(literal)):
            return compares(value, (how, literal))
    return value == what


@lru_cache(maxsize=100_000)
def _met(one: Literal, other: Literal) -> frozenset[tuple[bool, bool]]:
    """The ways in which texts compare with both literals, found by trying texts.

    The first texts are those that meet all four ways where the literals are independent.
    """
    met: set[tuple[bool, bool]] = set()
    for text in _tried(one[1], other[1]):
        met.add((compares(text, one), compares(text, other)))
        if len(met) == 4:
            break
    return frozenset(met)


def _tried(first: str, second: str) -> Iterator[str]:
    """Texts built from two literals; no other compares with them in another way."""
    apart = next(c for c in map(chr, range(0xE000, 0xF8FF)) if c not in first + second)
    yield from (apart, f"{first}{apart}{second}", first, second)
    yield f"{second}{apart}{first}"
    for text in (first, second):
        yield from (f"{text}{apart}", f"{apart}{text}", f"{apart}{text}{apart}")
    yield from (f"{first}{apart}{second}{apart}", f"{apart}{second}{apart}{first}")
