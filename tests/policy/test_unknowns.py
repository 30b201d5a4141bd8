"""Facts named as unknown are those to find out: with them known, the rule is true or false."""

from hypothesis import given
from hypothesis import strategies as st

from policy.evaluator import evaluate
from policy.facts import Facts, Value
from policy.rules import Rule
from policy.unknowns import unknowns
from tests.policy.strategies import SMALL, messages, rules


@given(rules(), messages(), messages())
def test_once_the_named_facts_are_known_so_is_the_rule(
    rule: Rule, facts: Facts, others: Facts
) -> None:
    named = unknowns(rule, facts)
    assert bool(named) is (evaluate(rule.condition, facts) is None)
    assert all(facts.get(name) is None for name in named)
    known: dict[str, Value] = {
        name: value
        for name in named
        if (value := others.get(name, SMALL.ordinary().get(name))) is not None
    }
    if len(known) == len(named):
        assert evaluate(rule.condition, facts.replace(known)) is not None


@given(rules(), messages(), st.data())
def test_each_named_fact_is_needed(rule: Rule, facts: Facts, data: st.DataObject) -> None:
    """Facts that are not named may become known as they like: the rule stays unknown."""
    named = unknowns(rule, facts)
    full = data.draw(messages())
    learned = {
        name: value for name, value in full.items() if facts.get(name) is None and name not in named
    }
    if named:
        assert evaluate(rule.condition, facts.replace(learned)) is None
