from hypothesis import given, settings
from hypothesis import strategies as st

from policy.evaluator import fires
from policy.facts import Facts
from policy.modes import Event
from policy.rules import AtLeast, Has, Not, Rule, RuleKind
from proofs.movement import follows
from proofs.questions import AddMembers, Change, LowerNumber
from tests.policy.strategies import NOWHERE, messages, rules
from tests.proofs.strategies import CHANGES, changed
from tests.proofs.test_ladder import rule


@given(rules(), messages(), st.sampled_from(CHANGES), st.data())
@settings(max_examples=60, deadline=None)
def test_a_rule_that_follows_never_frees(
    rule: Rule, facts: Facts, change: Change, data: st.DataObject
) -> None:
    if not follows(rule, change):
        return
    after = data.draw(changed(facts, change, Event.SEND))
    if rule.kind is RuleKind.ALLOW:
        assert fires(rule, facts) or not fires(rule, after)
    else:
        assert fires(rule, after) or not fires(rule, facts)


def test_the_direction_of_a_test_is_seen_through_not() -> None:
    vip, sure = Has("flags", "vip", NOWHERE), AtLeast("confidence", 9_000, NOWHERE)
    grows, falls = AddMembers(("flags",), ("vip",)), LowerNumber("confidence")
    assert follows(rule(RuleKind.REQUIRE, vip), grows)
    assert not follows(rule(RuleKind.ALLOW, vip), grows)
    assert follows(rule(RuleKind.ALLOW, Not(vip, NOWHERE)), grows)
    assert follows(rule(RuleKind.ALLOW, sure), falls)
    assert not follows(rule(RuleKind.REQUIRE, sure), falls)
    assert follows(rule(RuleKind.ALLOW, vip), AddMembers(("flags",), ("other",)))
