"""What a policy's examples show: whether each comes out, and what they leave untested."""

from collections.abc import Iterable
from dataclasses import dataclass

from policy.conjunctions import FactTest, tests
from policy.evaluator import Decision, decide, evaluate
from policy.rules import Example, Policy, Rule, Span

__all__ = ["Coverage", "Outcome", "Untested", "run_examples"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An example and the decision it got; `passed` when mode and rules are as expected."""

    example: Example
    decision: Decision

    @property
    def missing(self) -> tuple[str, ...]:
        """The rules that the example expects to decide, and that do not."""
        deciding = {rule.title for rule in self.decision.deciding}
        return tuple(title for title in self.example.by if title not in deciding)

    @property
    def passed(self) -> bool:
        """Whether the decision is the expected one."""
        return self.decision.mode is self.example.mode and not self.missing


@dataclass(frozen=True, slots=True)
class Untested:
    """A test of a rule's condition that was never true, or never false, in any example."""

    rule: Rule
    place: Span
    never: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """All outcomes; the rules that never fired; the sides of tests never seen; the whole share."""

    outcomes: tuple[Outcome, ...]
    never_fired: tuple[Rule, ...]
    untested: tuple[Untested, ...]
    sides: int
    rules: int

    @property
    def percent(self) -> float:
        """How many rules and sides of tests are covered, of all, from 0 to 100."""
        whole = self.sides + self.rules
        covered = whole - len(self.never_fired) - len(self.untested)
        return 100.0 if not whole else 100.0 * covered / whole


def run_examples(policy: Policy, *, with_packs: bool = False) -> Coverage:
    """Decide every example; coverage is of the policy's own rules, or also of its packs'."""
    outcomes = tuple(
        Outcome(example, decide(policy, example.facts, example.event))
        for example in policy.examples
    )
    rules = [rule for rule in policy.rules if with_packs or rule.pack is None]
    fired = {rule.title for one in outcomes for rule in one.decision.fired}
    untested = [
        Untested(rule, test.span, side) for rule in rules for test, side in _unseen(rule, outcomes)
    ]
    return Coverage(
        outcomes,
        tuple(rule for rule in rules if rule.title not in fired),
        tuple(untested),
        sum(2 for rule in rules for _ in tests(rule.condition)),
        len(rules),
    )


def _unseen(rule: Rule, outcomes: Iterable[Outcome]) -> list[tuple[FactTest, bool]]:
    examples = [one.example for one in outcomes if one.example.event is rule.event]
    unseen: list[tuple[FactTest, bool]] = []
    for test in tests(rule.condition):
        seen = {evaluate(test, example.facts) for example in examples}
        unseen.extend((test, side) for side in (True, False) if side not in seen)
    return unseen
