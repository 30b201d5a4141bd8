"""The live path means what the reference means: same rules fire, same decision, on anything."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.compiler import Compiled, CompiledEvent
from policy.conjunctions import conjunctions
from policy.evaluator import decide, evaluate
from policy.facts import Facts
from policy.loading import load
from policy.modes import Event
from policy.rules import And, Condition, IsTrue, Not, Or, Policy, RuleKind
from policy.syntax import Source
from tests.policy.strategies import NOWHERE, SMALL, conditions, fact_tests, messages, policies
from tests.policy.test_loading import SHOP


@given(policies(most=8), st.lists(messages(), min_size=1, max_size=5), st.sampled_from(Event))
def test_the_compiled_policy_decides_as_the_evaluator(
    policy: Policy, mail: list[Facts], event: Event
) -> None:
    compiled, tables = Compiled(policy), CompiledEvent(policy, event)
    for facts in mail:
        expected = decide(policy, facts, event)
        assert tables.decide(facts) == expected
        assert compiled.decide(facts, event) == expected
        assert compiled.decide(facts, event) == expected  # now it is remembered


_PAIRS = st.tuples(fact_tests(SMALL), conditions())
_NEGATED = st.one_of(  # random conditions seldom negate a junction of several facts
    _PAIRS.map(lambda parts: Not(Or(parts, NOWHERE), NOWHERE)),
    _PAIRS.map(lambda parts: Not(And(parts, NOWHERE), NOWHERE)),
)


@given(st.one_of(conditions(), _NEGATED), messages(), st.integers(1, 40))
def test_conjunctions_keep_all_three_values(condition: Condition, facts: Facts, most: int) -> None:
    found = conjunctions(condition, most)
    if found is None:
        return
    assert len(found) <= most
    again = Or(tuple(And(tuple(one.values()), NOWHERE) for one in found), NOWHERE)
    assert evaluate(again, facts) is evaluate(condition, facts)
    for one in found:
        for name, part in one.items():
            assert evaluate(part, {name: facts[name]} if name in facts else {}) is evaluate(
                part, facts
            )


def wide(width: int) -> Condition:
    """A condition that has far too many alternatives to be written out."""
    flags = ("recipient.suppressed", "case.fraud_open")
    pair = And(tuple(IsTrue(flag, NOWHERE) for flag in flags), NOWHERE)
    other = And(tuple(Not(IsTrue(flag, NOWHERE), NOWHERE) for flag in flags), NOWHERE)
    return And((Or((pair, other), NOWHERE),) * width, NOWHERE)


@given(messages(), st.sampled_from(RuleKind))
def test_a_rule_too_wide_for_the_tables_fires_as_well(facts: Facts, kind: RuleKind) -> None:
    assert conjunctions(wide(8), 32) is None
    text = 'policy "x"\nblock "a" when recipient.suppressed\n'
    policy = load(Source("a", text)).policy
    assert policy is not None
    rule = policy.rules[0]
    both = Policy("wide", SMALL, (replace(rule, kind=kind, condition=wide(8)), rule))
    assert Compiled(both).decide(facts) == decide(both, facts)


@pytest.fixture(scope="module")
def shop() -> Policy:
    policy = load(Source("shop", SHOP.read_text("utf-8"))).policy
    assert policy is not None
    return policy


@given(st.data())
@settings(max_examples=50)
def test_the_shop_is_decided_the_same_way(shop: Policy, data: st.DataObject) -> None:
    facts = data.draw(messages(shop.vocabulary))
    compiled = Compiled(shop)
    for event in Event:
        assert compiled.decide(facts, event) == decide(shop, facts, event)


def test_remembering_is_bounded(shop: Policy) -> None:
    compiled = CompiledEvent(shop, Event.SEND)
    for number in range(5_000):
        compiled.decide(shop.vocabulary.ordinary().replace({"refund_amount": number}))
    assert all(len(table) <= 4_096 for table in compiled.tables)
