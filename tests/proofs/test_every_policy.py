"""Theorems about every policy there can be, proved by Z3 over free truth values for what fires.

A decision knows of the rules only which fire, of which kind and mode and with which obligations.
So a policy with two rules of each sort, of which any may fire, stands for all policies: order and
repetition of rules mean nothing, and rules of a pack only make decisions stricter.
"""

from collections.abc import Iterable

import z3

from policy.modes import Event, Mode
from policy.rules import IsTrue, ObligationName, Policy, Rule, RuleKind, Wording
from proofs.booleans import Term, any_of, implies, negated, same
from proofs.ladder import RUNGS, Ladder
from tests.policy.strategies import NOWHERE, SMALL

WORDING = Wording(ObligationName.UNSUBSCRIBE)
SORTS = [
    *((RuleKind.ALLOW, mode) for mode in Mode),
    *((RuleKind.REQUIRE, mode) for mode in Mode if mode is not Mode.BLOCKED),
    (RuleKind.BLOCK, Mode.BLOCKED),
]


def rule(kind: RuleKind, mode: Mode, title: str) -> Rule:
    obligations = (WORDING,) if kind is RuleKind.REQUIRE else ()
    return Rule(
        kind, Event.SEND, mode, title, IsTrue("case.fraud_open", NOWHERE), obligations,
        None, None, None, None, NOWHERE,
    )  # fmt: skip


def two_of_each(name: str, sorts: Iterable[tuple[RuleKind, Mode]] = SORTS) -> list[Rule]:
    return [
        rule(kind, mode, f"{name} {kind} {mode.label} {number}")
        for kind, mode in sorts
        for number in (1, 2)
    ]


class AnyMessage:
    """A message for which any rules may fire, and whose mailbox has any floor.

    Rules with one title fire together: they are one rule, in two policies or twice in one.
    """

    def __init__(self, name: str, rules: Iterable[Rule]) -> None:
        self.policy = Policy(name, SMALL, tuple(rules))
        self.laws: list[Term] = []
        self._name = name
        self._named = 0
        ladder = Ladder(self, Event.SEND)
        for one in self.policy.rules:
            ladder.tell([one])
        self.at_least = {rung: ladder.at_least(rung) for rung in RUNGS}
        self.obliged = ladder.obliged(ObligationName.UNSUBSCRIBE)

    def fires(self, rule: Rule) -> Term:
        return z3.Bool(rule.title)

    def floor_at_least(self, mode: Mode, event: Event) -> Term:
        return z3.Bool(f"floor {mode.label}")

    def fresh(self) -> Term:
        self._named += 1
        return z3.Bool(f"{self._name} {self._named}")

    def defined(self, term: Term) -> Term:
        name = self.fresh()
        self.state(same(name, term))
        return name

    def state(self, law: Term) -> None:
        self.laws.append(law)


def always(claims: Iterable[Term], *messages: AnyMessage) -> bool:
    """Whether all `claims` hold, whichever rules fire."""
    solver = z3.Solver()
    solver.add(*(law for message in messages for law in message.laws))
    assert solver.check() == z3.sat  # else everything would hold
    solver.add(any_of([negated(claim) for claim in claims]))
    answer = solver.check()
    assert answer != z3.unknown
    return bool(answer == z3.unsat)


def alike(one: AnyMessage, other: AnyMessage) -> list[Term]:
    modes = [same(one.at_least[rung], other.at_least[rung]) for rung in RUNGS]
    return [*modes, same(one.obliged, other.obliged)]


def test_order_and_repetition_of_rules_mean_nothing() -> None:
    rules = two_of_each("own")
    policy = AnyMessage("in order", rules)
    turned = AnyMessage("turned round", rules[::-1])
    mixed = AnyMessage("mixed, each twice", [*rules[1::2], *rules[::2], *rules])
    assert always(alike(policy, turned), policy, turned)
    assert always(alike(policy, mixed), policy, mixed)


def test_each_rule_is_heard() -> None:
    """So that the theorem about order says something: without a sort of rule it is false."""
    rules = two_of_each("own")
    policy = AnyMessage("all", rules)
    for place in range(0, len(rules), 2):
        if rules[place].mode is Mode.AUTONOMOUS and rules[place].kind is RuleKind.REQUIRE:
            continue  # asks for no mode, and its obligation is that of the other requires
        fewer = AnyMessage(f"without {place}", rules[:place] + rules[place + 2 :])
        assert not always(alike(policy, fewer), policy, fewer)


def test_a_pack_only_makes_decisions_stricter_and_adds_obligations() -> None:
    own = two_of_each("own")
    pack = two_of_each("pack", [sort for sort in SORTS if sort[0] is not RuleKind.ALLOW])
    before, after = AnyMessage("without", own), AnyMessage("with", [*own, *pack])
    claims = [implies(before.at_least[rung], after.at_least[rung]) for rung in RUNGS]
    assert always([*claims, implies(before.obliged, after.obliged)], before, after)
    assert not always(alike(before, after), before, after)


def test_a_pack_that_could_allow_would_free_messages() -> None:
    """Which is why the checker lets no pack have an `allow` (GP0504)."""
    own = two_of_each("own")
    allowing = rule(RuleKind.ALLOW, Mode.MONITORED, "pack allows")
    before, after = AnyMessage("without", own), AnyMessage("with", [*own, allowing])
    claims = [implies(before.at_least[rung], after.at_least[rung]) for rung in RUNGS]
    assert not always(claims, before, after)
