"""What is said of a decision when only some of the rules are known."""

import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.evaluator import decide
from policy.facts import Facts
from policy.modes import Event, Mode
from policy.rules import Condition, Has, ModeAtLeast, Policy, Rule, RuleKind
from proofs.domain import domain_of
from proofs.encoding import Copy
from proofs.ladder import RUNGS, groups_of
from proofs.questions import Always, LoseFacts, NeverFreer
from proofs.solver import Solver
from tests.policy.strategies import NOWHERE, SMALL, messages, policies
from tests.proofs.test_encoding import terms_of


def rule(kind: RuleKind, condition: Condition, mode: Mode = Mode.MONITORED) -> Rule:
    return Rule(
        kind, Event.SEND, mode, "a rule", condition, (), None, None, None, None, NOWHERE
    )  # fmt: skip


@given(policies(), messages(), st.data())
@settings(max_examples=25, deadline=None)
def test_what_the_evaluator_decides_is_possible_whatever_is_told(
    policy: Policy, facts: Facts, data: st.DataObject
) -> None:
    """So nothing is proved of a few rules that is not true of all."""
    rules = policy.rules_on(Event.SEND)
    told = [one for one in rules if data.draw(st.booleans())]
    copy = Copy(policy, domain_of(SMALL, [one.condition for one in rules]))
    copy.ladder(Event.SEND).tell(told)
    decision = decide(policy, facts)
    solver = z3.Solver()
    for rung in RUNGS:
        term = copy.mode_at_least(rung, Event.SEND)
        solver.add(term if decision.mode >= rung else z3.Not(term))
    solver.add(*copy.laws(), *terms_of(copy, facts))
    assert solver.check() == z3.sat
    open_groups = {key for one in rules if one not in told for key in groups_of(one)}
    assert copy.ladder(Event.SEND).left_open() == open_groups


def test_a_claim_that_holds_of_all_rules_of_a_kind_needs_none_of_them() -> None:
    vip = Has("flags", "vip", NOWHERE)
    kinds = (RuleKind.ALLOW, RuleKind.REQUIRE)
    policy = Policy("p", SMALL, tuple(rule(kind, vip) for kind in kinds * 10))
    solver = Solver(policy, [])
    assert solver.find(NeverFreer(Event.SEND, LoseFacts())) is None
    assert solver.message.ladder(Event.SEND).told == []


def test_a_message_that_only_seems_to_break_a_claim_makes_the_solver_be_told() -> None:
    vip = Has("flags", "vip", NOWHERE)
    allow, gate = rule(RuleKind.ALLOW, vip), rule(RuleKind.REQUIRE, vip, Mode.GATED_SEND)
    claim = Always(Event.SEND, ModeAtLeast(Mode.GATED_SEND, NOWHERE))
    solver = Solver(Policy("p", SMALL, (allow, gate)), [claim])
    assert solver.find(claim) is None
    assert (gate,) in solver.message.ladder(Event.SEND).told
    found = Solver(Policy("p", SMALL, (allow,)), [claim]).find(claim)
    assert found is not None
    assert found.facts["flags"] == frozenset({"vip"})
