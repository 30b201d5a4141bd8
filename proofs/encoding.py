"""A policy as Z3 terms; all Boolean, so that every question is answered.

Meaning, encoding and theorems stand apart: `policy.evaluator` is the meaning, this file the
encoding, and the theorem that both agree is held by tests/proofs/test_encoding.py.

    boolean fact      one Bool
    enum              one Bool per value, exactly one true
    set               one Bool per member that is asked for
    number            one Bool per bound that is asked for: "at least", hence a descending ladder
    text              one Bool per literal that is asked for, with clauses between each two
    unknown           one Bool `known` per fact; a condition is a pair of Bools (true, false)

The decision, one Bool per rung of the ladder of modes, is `proofs.ladder`.

The clauses between two literals of a text are complete (`proofs.values.text_with` builds the
text), so no string theory is needed. A second message (`Copy`) shares the terms of every fact
that does not change.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise

import z3

from policy.facts import NumberType
from policy.modes import MAILBOX_MODES, Event, Mode, mailbox_floor
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
    Span,
    TextOperator,
    TextTest,
)
from proofs.booleans import FALSE, TRUE, Term, all_of, any_of, implies, negated, same
from proofs.domain import Domain, Literal, Test, facts_read
from proofs.ladder import Ladder
from proofs.values import compares

__all__ = ["Copy"]

_NOWHERE = Span("", 0, 0, 0, 0)


class Copy:
    """The terms of one message under `policy`.

    `of` and `changed` make a second message that differs from `of` at most in the values of the
    facts `changed`, and with `may_lose` in which facts are known. `laws()` are the constraints
    of the fact domains and the definitions; they must be asserted.
    """

    def __init__(
        self,
        policy: Policy,
        domain: Domain,
        name: str = "",
        of: "Copy | None" = None,
        changed: frozenset[str] = frozenset(),
        *,
        may_lose: bool = False,
    ) -> None:
        self.policy = policy
        self.domain = domain
        self._name = name
        self._of = of
        self._changed = changed
        self._may_lose = may_lose
        self._bools: dict[tuple[object, ...], Term] = {}
        self._firing: dict[int, Term] = {}
        self._tests: dict[Test, tuple[Term, Term]] = {}
        self._ladders: dict[Event, Ladder] = {}
        self._named = 0
        self._laws: list[Term] = []
        self._domain_laws()

    def laws(self) -> Iterator[Term]:
        """The constraints that came up since the last call."""
        laws, self._laws = self._laws, []
        yield from laws

    # --- facts

    def known(self, fact: str) -> Term:
        """Something is known of `fact`."""
        if self._of is not None and not self._may_lose:
            return self._of.known(fact)
        return self._bool("known", fact)

    def value(self, fact: str) -> Term:
        """The boolean `fact`, if it is known."""
        return self._atom(fact)

    def is_value(self, fact: str, value: str) -> Term:
        """The enum `fact` has `value`, if it is known."""
        return self._atom(fact, value)

    def has(self, fact: str, member: str) -> Term:
        """The set `fact` contains `member`, if it is known."""
        return self._atom(fact, member)

    def at_least(self, fact: str, bound: int) -> Term:
        """The number `fact` is `bound` or more, if it is known."""
        if bound in self.domain.bounds[fact]:
            return self._atom(fact, bound)
        kind = self.domain.vocabulary[fact].type
        return TRUE if isinstance(kind, NumberType) and bound <= kind.low else FALSE

    def compares(self, fact: str, literal: Literal) -> Term:
        """The text `fact` compares so with the literal, if it is known."""
        return self._atom(fact, *literal)

    def _atom(self, fact: str, *told_apart: object) -> Term:
        if self._of is not None and fact not in self._changed:
            return self._of._atom(fact, *told_apart)
        return self._bool(fact, *told_apart)

    def _bool(self, *key: object) -> Term:
        term = self._bools.get(key)
        if term is None:
            term = z3.Bool(":".join([self._name, *map(str, key)]))
            self._bools[key] = term
        return term

    def _domain_laws(self) -> None:
        domain = self.domain
        own = [name for name in domain.facts() if self._of is None or name in self._changed]
        for name in own:
            if name in domain.values:
                terms = [self.is_value(name, value) for value in domain.values[name]]
                self._laws.append(any_of(terms))
                self._laws.extend(
                    any_of((negated(one), negated(other))) for one, other in combinations(terms, 2)
                )
            elif name in domain.bounds:
                self._laws.extend(
                    implies(self.at_least(name, higher), self.at_least(name, lower))
                    for lower, higher in pairwise(domain.bounds[name])
                )
            elif name in domain.literals:
                for one, other in combinations(domain.literals[name], 2):
                    self._laws.extend(self._between(name, one, other))

    def _between(self, fact: str, one: Literal, other: Literal) -> Iterator[Term]:
        for first, second in ((one, other), (other, one)):
            verdict = _consequence(first, second)
            if verdict is not None:
                then = self.compares(fact, second)
                yield implies(self.compares(fact, first), then if verdict else negated(then))

    # --- conditions

    def is_true(self, condition: Condition, event: Event) -> Term:
        """`condition` is true of the message."""
        match condition:
            case And(parts):
                return all_of([self.is_true(part, event) for part in parts])
            case Or(parts):
                return any_of([self.is_true(part, event) for part in parts])
            case Not(part):
                return self.is_false(part, event)
            case ModeAtLeast(mode):
                return self.mode_at_least(mode, event)
            case Obliged():
                return self.obliged(condition, event)
            case IsTrue() | OneOf() | Has() | AtLeast() | TextTest():
                return self._told(condition)[0]

    def is_false(self, condition: Condition, event: Event) -> Term:
        """`condition` is false of the message; neither true nor false is unknown."""
        match condition:
            case And(parts):
                return any_of([self.is_false(part, event) for part in parts])
            case Or(parts):
                return all_of([self.is_false(part, event) for part in parts])
            case Not(part):
                return self.is_true(part, event)
            case ModeAtLeast() | Obliged():
                return negated(self.is_true(condition, event))
            case IsTrue() | OneOf() | Has() | AtLeast() | TextTest():
                return self._told(condition)[1]

    def _told(self, test: Test) -> tuple[Term, Term]:
        """The test is true, and it is false; made once for equal tests, for speed."""
        key = replace(test, span=_NOWHERE)
        if key not in self._tests:
            known, value = self.known(test.fact), self._test(test)
            self._tests[key] = all_of((known, value)), all_of((known, negated(value)))
        return self._tests[key]

    def _test(self, test: Test) -> Term:
        match test:
            case IsTrue(fact):
                return self.value(fact)
            case OneOf(fact, values):
                return any_of([self.is_value(fact, value) for value in sorted(values)])
            case Has(fact, member):
                return self.has(fact, member)
            case AtLeast(fact, bound):
                return self.at_least(fact, bound)
            case TextTest(fact, operator, literal):
                return self.compares(fact, (operator, literal))

    # --- the decision

    def fires(self, rule: Rule) -> Term:
        """`rule` fires: an `allow` when it is true, the others when it is not false."""
        if (
            self._of is not None
            and not self._may_lose
            and not facts_read(rule.condition) & self._changed
        ):
            return self._of.fires(rule)
        name = id(rule)
        if name not in self._firing:
            condition, event = rule.condition, rule.event
            if rule.kind is RuleKind.ALLOW:
                term = self.is_true(condition, event)
            else:
                term = negated(self.is_false(condition, event))
            self._firing[name] = self.defined(term)
        return self._firing[name]

    def ladder(self, event: Event) -> Ladder:
        """The decision on `event`."""
        if event not in self._ladders:
            before = None if self._of is None else self._of.ladder(event)
            self._ladders[event] = Ladder(self, event, before)
        return self._ladders[event]

    def mode_at_least(self, mode: Mode, event: Event) -> Term:
        """The decision is `mode` or stricter."""
        return self.ladder(event).at_least(mode)

    def floor_at_least(self, mode: Mode, event: Event) -> Term:
        """The mailbox's own floor is `mode` or stricter."""
        known = self.known("mailbox.mode")
        strict = [
            self.is_value("mailbox.mode", setting)
            for setting in MAILBOX_MODES
            if mailbox_floor(setting, event) >= mode
        ]
        floor = all_of((known, any_of(strict)))
        if mailbox_floor(None, event) >= mode:
            return any_of((negated(known), floor))
        return floor

    def obliged(self, wanted: Obliged, event: Event) -> Term:
        """The decision carries the obligation."""
        return self.ladder(event).obliged(wanted.name)

    # --- terms and laws of the ladders (`proofs.ladder.MessageTerms`)

    def fresh(self) -> Term:
        """A Bool of its own."""
        self._named += 1
        return self._bool("named", self._named)

    def defined(self, term: Term) -> Term:
        """A Bool that is the same as `term`."""
        name = self.fresh()
        self.state(same(name, term))
        return name

    def state(self, law: Term) -> None:
        """Add to what `laws` gives out next."""
        self._laws.append(law)


def _consequence(one: Literal, other: Literal) -> bool | None:
    """What a text that compares so with `one` must do with `other`; None if it may do either."""
    (how, text), (wanted, literal) = one, other
    match how, wanted:
        case TextOperator.EQUALS, _:
            return compares(text, other)
        case TextOperator.STARTS, TextOperator.STARTS:
            if text.startswith(literal):
                return True
            return None if literal.startswith(text) else False
        case TextOperator.ENDS, TextOperator.ENDS:
            if text.endswith(literal):
                return True
            return None if literal.endswith(text) else False
        case _, TextOperator.CONTAINS if literal in text:
            return True
    return None
